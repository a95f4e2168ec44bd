// Bluesky's own PDS on loopback; with DB_POSTGRES_URL its app view too. Says where in one JSON line.
import { TestBsky, TestBsync, TestPds, TestPlc, mockNetworkUtilities } from '@atproto/dev-env'

const postgres = process.env.DB_POSTGRES_URL
const port = Number(process.env.PDS_PORT)
const plc = await TestPlc.create({})

async function appView() {
  const apiKey = 'bsync'
  const bsync = await TestBsync.create({ apiKeys: [apiKey], dbUrl: postgres, dbSchema: 'bsync' })
  return TestBsky.create({
    plcUrl: plc.url,
    pdsPort: port,
    repoProvider: `ws://localhost:${port}`,
    bsyncUrl: bsync.url,
    bsyncApiKey: apiKey,
    dbPostgresUrl: postgres,
    dbPostgresSchema: 'appview',
  })
}

const bsky = postgres ? await appView() : undefined
const pds = await TestPds.create({
  port,
  didPlcUrl: plc.url,
  ...(bsky && { bskyAppViewUrl: bsky.url, bskyAppViewDid: bsky.ctx.cfg.serverDid }),
})
mockNetworkUtilities(pds, bsky)
console.log(JSON.stringify({ ready: pds.url, appView: bsky?.url ?? null }))
process.stdin.on('end', () => process.exit(0)).resume()
