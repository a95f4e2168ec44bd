"""How an account is connected: what to create on its network, and what its secret is made of.

A table of facts, read by `haechi accounts connect`. Source: each network's own documentation for
developers, as of 2026; the pages are named in `docs/networks/`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from registry.model import Account, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One value that a network gives: its name in the secret, what it is called there, its form.

    `looks` says the form in words, for whoever pasted something else; `before` is a sign that people
    put before it and that is not kept. `registered`: the account's own column of the registry that
    holds it as a rule. `instead`: who has none gets it, with the parts after it, by the channel's
    `sign_in`, which this names.
    """

    name: str
    called: str
    form: str
    looks: str
    hidden: bool = True
    before: str = ""
    registered: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in that waits for a person: at `address` the network shows what `shown` asks for.

    `redeem` gives the parts for it, by name, once. It raises `ChannelBusy` or `ChannelError`.
    """

    address: str
    shown: Part
    redeem: Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """What to do on the network, step by step, and the parts that come of it.

    A step may name the account's `{handle}`, `{server}` and `{name}`. `bare`: the secret is its
    only part as it is, else a JSON object of all of them. No parts: nothing is kept.
    """

    steps: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    bare: bool = False

    def steps_for(self, account: Account) -> list[str]:
        """The steps, with the account's own names in them."""
        known = {
            "handle": account.handle,
            "server": account.server,
            "name": account.name,
        }
        return [step.format_map(known) for step in self.steps]

    def known(self, account: Account) -> dict[str, str]:
        """The parts that the registry knows."""
        return {
            part.name: getattr(account, part.registered) for part in self.parts if part.registered
        }

    def secret(self, given: Mapping[str, str]) -> str:
        """The parts as they are kept. Raises `WrongForm` for what none of them can be."""
        missing = [part for part in self.parts if not given.get(part.name, "").strip()]
        if missing:
            names = ", ".join(f"{part.name} ({part.called})" for part in missing)
            raise WrongForm(f"missing: {names}")
        found = {part.name: checked(part, given.get(part.name, "")) for part in self.parts}
        if self.bare:
            (only,) = found.values()
            return only
        return json.dumps(found)


class WrongForm(ValueError):
    """A part that cannot be what it should; the words never hold its value."""


def checked(part: Part, value: str) -> str:
    """A part without what copying leaves around it. Raises `WrongForm`."""
    value = value.strip().removeprefix(part.before)
    if not value:
        raise WrongForm(f"missing: {part.name} ({part.called})")
    if not re.fullmatch(part.form, value):
        raise WrongForm(f"this is no {part.called}: it is {part.looks}")
    return value


def _token(name: str, called: str) -> Part:
    return Part(
        name=name,
        called=called,
        form=r"[!-~]{8,4000}",
        looks="one run of letters, digits and signs without a space, at least 8",
    )


def _number(name: str, called: str) -> Part:
    return Part(name=name, called=called, form=r"\d{5,25}", looks="a number", hidden=False)


_META_APP = (
    "At developers.facebook.com, signed in as an administrator of the city's business portfolio: "
    "My Apps > Create App, in that portfolio, "
)
_PUBLISH = (
    "In the app: App settings > Basic: category, icon, the city's domain, the addresses of its privacy "
    "policy and of its page on deleting data. Then publish the app (Live)"
)

NOTHING = Connecting(steps=("There is nothing to create: no program may post there",))

CONNECTING: Mapping[Network, Connecting] = MappingProxyType(
    {
        Network.X: Connecting(
            steps=(
                "Once for the city: at console.x.com, signed in as the account that shall own the app, "
                "create an app. Under Billing buy credits, set a spending limit and turn automatic "
                "recharge on: without credits X answers nothing",
                "In the app, User authentication settings: App permissions `Read and write`, type "
                "`Web App, Automated App or Bot`, any address of the city as callback and website",
                "Keys and tokens: note the API Key and Secret (consumer key); they are shown once, "
                "and serve every account of the city",
                "If @{handle} owns the app: Keys and tokens > Access Token and Secret, generated AFTER "
                "the permissions were set; beside them must stand `Created with Read and Write "
                "permissions`",
                "If it does not: press Enter when the access token is asked for, and sign in as "
                "@{handle} at the address that is shown; X shows a PIN, which is asked for here",
                "At x.com as @{handle}: Settings > Your account > Automation: label it as automated, "
                "and name the account of those who run it",
            ),
            parts=(
                _token("consumer_key", "API Key (OAuth 1.0a consumer key)"),
                _token("consumer_secret", "API Key Secret"),
                Part(
                    name="access_token",
                    called="Access Token",
                    form=r"\d+-[A-Za-z0-9]+",
                    looks="the account's number, a hyphen, then letters and digits",
                    instead="sign in with a PIN",
                ),
                _token("access_token_secret", "Access Token Secret"),
            ),
        ),
        Network.BLUESKY: Connecting(
            steps=(
                "Sign in at bsky.app as {handle}",
                "Settings > Privacy and security > App passwords > Add App Password; name it haechi. "
                "Access to direct messages is not needed",
                "It is shown once, and is what is asked for. It may read, post and delete, and can be "
                "withdrawn there at any time",
            ),
            parts=(
                Part(
                    name="handle",
                    called="handle",
                    form=r"(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
                    looks="a name like seoul.bsky.social",
                    hidden=False,
                    before="@",
                    registered="handle",
                ),
                Part(
                    name="app_password",
                    called="app password",
                    form=r"[A-Za-z0-9]{4}(-[A-Za-z0-9]{4}){3}",
                    looks="four groups of four, such as abcd-efgh-ijkl-mnop; never the account's own",
                ),
            ),
        ),
        Network.MASTODON: Connecting(
            steps=(
                "Sign in to {server} as @{handle}",
                "Preferences > Development > New application; name it haechi",
                "Scopes: `read` and `write`, nothing else. Submit",
                "Open the application: `Your access token` is what is asked for",
            ),
            parts=(_token("token", "access token"),),
            bare=True,
        ),
        Network.FACEBOOK: Connecting(
            steps=(
                _META_APP + "use case `Manage everything on your Page`",
                _PUBLISH,
                "At business.facebook.com > Settings > Users > System users: add one, and assign it "
                "the app and the page {name}, both with full control",
                "Generate token for that system user: the app, expiry `Never`, permissions "
                "pages_show_list, pages_read_engagement, pages_read_user_content, "
                "pages_manage_posts, pages_manage_engagement, pages_manage_metadata",
                "At developers.facebook.com/tools/explorer put that token into the field Access Token "
                "and ask `me/accounts?fields=name,id,access_token`: of the entry whose name is {name} "
                "the access_token is what is asked for, not the system user's",
            ),
            parts=(_token("token", "page access token"),),
            bare=True,
        ),
        Network.INSTAGRAM: Connecting(
            steps=(
                "In the Instagram app make @{handle} a professional account",
                _META_APP + "use case `Other`, type `Business`; add the product Instagram",
                _PUBLISH,
                "In the app: App roles > Roles > Instagram testers: add @{handle}, and accept as that "
                "account at instagram.com > Settings > Website permissions > Apps and websites > "
                "Tester invites",
                "In the app: Instagram > API setup with Instagram login > Generate token beside "
                "@{handle}, with instagram_business_basic, instagram_business_content_publish, "
                "instagram_business_manage_comments. It lasts 60 days; the nightly check renews it",
                "Ask for the account's number without putting the token into an address: "
                "`read -rs T; curl -s -H @- 'https://graph.instagram.com/me?fields=user_id,username' "
                '<<< "Authorization: Bearer $T"`: user_id is the number that is asked for',
                "Instagram fetches pictures from the center, so HAECHI_CENTER_URL must be an https "
                "address that the internet reaches",
            ),
            parts=(_token("token", "access token"), _number("user", "Instagram account id")),
        ),
        Network.THREADS: Connecting(
            steps=(
                _META_APP + "use case `Access the Threads API`",
                "Use cases > Customize > Permissions: add threads_basic, threads_content_publish, "
                "threads_manage_replies, threads_read_replies, threads_manage_mentions, "
                "threads_keyword_search, threads_delete",
                "App roles > Roles > Threads testers: add @{handle}, and accept as that account at "
                "threads.com > Settings > Account > Website permissions > Invites",
                "Use cases > Customize > Settings > User Token Generator: generate the token of "
                "@{handle}. It lasts 60 days; the nightly check renews it",
                "Threads fetches pictures from the center, so HAECHI_CENTER_URL must be an https "
                "address that the internet reaches",
            ),
            parts=(_token("token", "long-lived access token"),),
            bare=True,
        ),
        Network.YOUTUBE: Connecting(
            steps=(
                "At console.cloud.google.com: create a project and enable YouTube Data API v3 in it",
                "Google Auth Platform > Get started: the app's name, a support mail, audience External; "
                "then Audience > `Publish app`, since what a test app is given ends after 7 days",
                "Clients > Create client, type Web application, redirect address "
                "https://developers.google.com/oauthplayground: note its id and its secret",
                "At developers.google.com/oauthplayground: the wheel > Use your own OAuth credentials, "
                "access type Offline; scope https://www.googleapis.com/auth/youtube.force-ssl; "
                "authorize as the owner of {name}",
                "Choose that channel; where Google says that it has not verified this app: Advanced > "
                "Go to the app; allow it",
                "Exchange authorization code for tokens: the refresh token is what is asked for",
            ),
            parts=(
                Part(
                    name="client_id",
                    called="OAuth client id",
                    form=r"[!-~]+\.apps\.googleusercontent\.com",
                    looks="something that ends with .apps.googleusercontent.com",
                    hidden=False,
                ),
                _token("client_secret", "OAuth client secret"),
                _token("refresh_token", "refresh token"),
            ),
        ),
        Network.WORDPRESS: Connecting(
            steps=(
                "At {server}/wp-admin as an administrator: Users > Add New User, role `Editor`: an "
                "Author does not see which comments wait, its own among them; never an administrator",
                "Users > that user > Application Passwords: name it haechi, Add. It is shown once. "
                "Where that part is missing, the site is not on https or a plugin switched it off",
            ),
            parts=(
                Part(
                    name="user",
                    called="user name",
                    form=r"[ -~]{1,60}",
                    looks="the name that the user signs in with",
                    hidden=False,
                ),
                Part(
                    name="app_password",
                    called="application password",
                    form=r"([A-Za-z0-9]{4} ?){6}",
                    looks="24 letters and digits in groups of four; never the user's own password",
                ),
            ),
        ),
        Network.NAVER_BLOG: NOTHING,
        Network.KAKAO: NOTHING,
        Network.ME2DAY: NOTHING,
    }
)

ONE_TOKEN = Connecting(
    steps=("Create an access token for @{handle} that may read and write",),
    parts=(_token("token", "access token"),),
    bare=True,
)
"""For a network that this table does not name and whose channel says nothing of its own."""
