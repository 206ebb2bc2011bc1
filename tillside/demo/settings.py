"""What the demo shop is told once, when it is built. It knows of the desk no more than a foreign shop would."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoSettings:
    """Addresses carry no slash at the end: ``desk_url="http://localhost:8080", shop_url="http://127.0.0.1:8081"``.

    `key` is the connector's public key; `secret` signs events and encrypts the legacy token; `jwt_secret` signs web tokens.
    `call_secrets` (``whsec_…``) are what the desk signs its own calls with; without one the shop takes none.
    `inspector_path` is where the desk shows what arrives, for the line above every page.
    """

    desk_url: str
    shop_url: str
    key: str
    secret: str
    jwt_secret: str
    data_dir: Path
    inspector_path: str = "/events"
    call_secrets: tuple[str, ...] = ()

    @property
    def inspector_url(self) -> str:
        return self.desk_url + self.inspector_path
