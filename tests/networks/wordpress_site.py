"""A real WordPress for tests: Debian's packages, its database on a socket, PHP's server on loopback.

Everything lies in one folder and ends with the test; nothing of the machine's own is touched.
"""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

SOURCE = Path("/usr/share/wordpress")
#: What must be there, and the Debian package that brings it.
NEEDED = {
    "php": "php-cli php-mysql php-xml php-mbstring php-gd",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
}
WORKERS = 4
STARTS = 60.0
"""Seconds for the database or the server to come up on a busy machine."""

_CONFIG = """<?php
define('DB_NAME', 'test'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_ENVIRONMENT_TYPE', 'local');  // application passwords over http
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HOME', 'http://' . ($_SERVER['HTTP_HOST'] ?? 'localhost')); define('WP_SITEURL', WP_HOME);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {{
    define($name . '_KEY', $name . '-key-of-a-test'); define($name . '_SALT', $name . '-salt-of-a-test');
}}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

# Guests write by the interface as they would by the page's form, and as fast as a test does.
_GUESTS = """<?php
add_filter('rest_allow_anonymous_comments', '__return_true');
add_filter('wp_is_comment_flood', '__return_false', 99);
"""

_INSTALL = """<?php
define('WP_INSTALLING', true); $_SERVER['HTTP_HOST'] = 'localhost';
require __DIR__ . '/wp-load.php'; require ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_false');
wp_install('Test', 'root', 'root@example.kr', true, '', 'a-password-of-a-test');
update_option('timezone_string', 'Asia/Seoul');
update_option('comment_previously_approved', '0'); update_option('permalink_structure', '/%postname%/');
foreach (['editor' => 'news', 'author' => 'author'] as $role => $name) {
    $id = wp_insert_user(['user_login' => $name, 'user_pass' => wp_generate_password(), 'role' => $role,
        'user_email' => $name . '@example.kr', 'display_name' => $name]);
    [$password] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'haechi']);
    echo $name, ' ', $password, "\\n";
}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """`url` is where it is; `passwords` are the application passwords of its users by name."""

    url: str
    passwords: dict[str, str]


def lacking() -> str:
    """Which Debian packages are missing for it; empty where it can start."""
    packages = {package for program, package in NEEDED.items() if not _program(program)}
    if not (SOURCE / "wp-load.php").is_file():
        packages.add("wordpress")
    return " ".join(sorted(packages))


@contextlib.contextmanager
def wordpress_site(folder: Path) -> Iterator[Site]:
    """A fresh site with an editor `news` and an author `author`."""
    with _database(folder) as door:
        root = _laid_out(folder / "site", door)
        passwords = _installed(root)
        with _served(root) as url:
            yield Site(url, passwords)


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[Path]:
    data, door = folder / "db", folder / "db.sock"
    usual = ["--no-defaults", f"--datadir={data}", f"--user={getpass.getuser()}"]
    subprocess.run(
        [
            _program("mariadb-install-db"),
            *usual,
            "--auth-root-authentication-method=normal",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (data / "test").mkdir(exist_ok=True)
    quick = ["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--performance-schema=off"]
    with (
        (folder / "db.log").open("wb") as log,
        _running(
            [
                _program("mariadbd"),
                *usual,
                *quick,
                "--skip-networking",
                "--skip-grant-tables",
                f"--socket={door}",
                f"--pid-file={folder / 'db.pid'}",
            ],
            log=log.fileno(),
        ) as process,
    ):
        _wait(lambda: _answers(door), process, folder / "db.log")
        yield door


def _answers(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
        line.connect(str(door))
        return True
    return False


def _laid_out(root: Path, door: Path) -> Path:
    """WordPress's own files for reading, a configuration and a `wp-content` of its own."""
    (root / "wp-content" / "mu-plugins").mkdir(parents=True)
    (root / "wp-content" / "uploads").mkdir()
    for file in SOURCE.glob("*.php"):
        shutil.copy(file, root)  # they find the others from where they lie
    for name in ("wp-includes", "wp-admin"):
        (root / name).symlink_to(SOURCE / name)
    (root / "wp-config.php").write_text(_CONFIG.format(socket=door))
    (root / "wp-content" / "mu-plugins" / "guests.php").write_text(_GUESTS)
    (root / "install-test.php").write_text(_INSTALL)
    return root


def _installed(root: Path) -> dict[str, str]:
    done = subprocess.run(
        [_program("php"), str(root / "install-test.php")],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    (root / "install-test.php").unlink()
    rows = [line.partition(" ") for line in done.stdout.splitlines()]
    passwords = {name: password for name, _, password in rows if name in ("news", "author")}
    if done.returncode or len(passwords) != 2:
        raise RuntimeError(f"WordPress was not installed: {done.stdout}{done.stderr}")
    return passwords


@contextlib.contextmanager
def _served(root: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = root.parent / "php.log"
    upload = ["-d", "upload_max_filesize=20M", "-d", "post_max_size=24M"]
    with (
        log.open("wb") as told,
        _running(
            [_program("php"), *upload, "-S", address, "-t", str(root)],
            log=told.fileno(),
            PHP_CLI_SERVER_WORKERS=str(WORKERS),
        ) as process,
    ):
        _wait(lambda: _serves(f"http://{address}"), process, log)
        yield f"http://{address}"


def _serves(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/?rest_route=/wp/v2/types", timeout=20).status_code == 200
    return False


@contextlib.contextmanager
def _running(
    command: list[str], *, log: int, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The program, in a group of its own: PHP's server has children that end with it."""
    process = subprocess.Popen(
        command,
        stdout=log,
        stderr=log,
        start_new_session=True,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + STARTS
    while not ready():
        if process.poll() is not None or time.monotonic() > ends:
            raise RuntimeError(f"it did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin") or ""
