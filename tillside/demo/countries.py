"""Where Fern & Fold sends parcels: tax, postage, carriers, and how each carrier's tracking page is addressed."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Country:
    """`tax` is the percentage a price contains there; outside the tables of the union nothing is charged."""

    code: str
    name: str
    tax: int
    postage: int
    carriers: tuple[str, ...]
    days: tuple[int, int]


def _country(code: str, name: str, tax: int, zone: int, *carriers: str) -> Country:
    postage, days = {0: (490, (1, 3)), 1: (890, (2, 5)), 2: (1490, (5, 12))}[zone]
    return Country(code, name, tax, postage, carriers, days)


COUNTRIES = (
    _country("DE", "Germany", 19, 0, "DHL", "Hermes"),
    _country("AT", "Austria", 20, 1, "Austrian Post", "DPD"),
    _country("BE", "Belgium", 21, 1, "bpost", "DPD"),
    _country("CH", "Switzerland", 0, 1, "Swiss Post"),
    _country("CZ", "Czechia", 21, 1, "DPD"),
    _country("DK", "Denmark", 25, 1, "GLS", "DHL"),
    _country("ES", "Spain", 21, 1, "Correos", "GLS"),
    _country("FI", "Finland", 25, 1, "Posti"),
    _country("FR", "France", 20, 1, "Colissimo", "DPD"),
    _country("GB", "United Kingdom", 0, 1, "Royal Mail", "DPD"),
    _country("GR", "Greece", 24, 1, "DHL"),
    _country("IE", "Ireland", 23, 1, "An Post"),
    _country("IT", "Italy", 22, 1, "GLS", "DHL"),
    _country("NL", "Netherlands", 21, 1, "PostNL", "DHL"),
    _country("NO", "Norway", 0, 1, "Posten", "DHL"),
    _country("PL", "Poland", 23, 1, "InPost", "DPD"),
    _country("PT", "Portugal", 23, 1, "CTT"),
    _country("SE", "Sweden", 25, 1, "PostNord", "DHL"),
    _country("AU", "Australia", 0, 2, "DHL"),
    _country("BR", "Brazil", 0, 2, "DHL"),
    _country("CA", "Canada", 0, 2, "DHL"),
    _country("IN", "India", 0, 2, "DHL"),
    _country("JP", "Japan", 0, 2, "DHL"),
    _country("KR", "South Korea", 0, 2, "DHL"),
    _country("MX", "Mexico", 0, 2, "DHL"),
    _country("NZ", "New Zealand", 0, 2, "DHL"),
    _country("US", "United States", 0, 2, "DHL", "UPS"),
    _country("ZA", "South Africa", 0, 2, "DHL"),
)

TRACKING = {
    "DHL": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    "Hermes": "https://www.myhermes.de/empfangen/sendungsverfolgung/?trackingnumber={}",
    "UPS": "https://www.ups.com/track?tracknum={}",
    "DPD": "https://www.dpdgroup.com/tracking?parcelNumber={}",
    "GLS": "https://gls-group.eu/track/{}",
    "Posten": "https://sporing.posten.no/sporing/{}",
    "PostNL": "https://postnl.nl/tracktrace/?B={}",
    "PostNord": "https://tracking.postnord.com/en/tracking?id={}",
    "Royal Mail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "Colissimo": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "Austrian Post": "https://www.post.at/s/sendungsdetails?snr={}",
    "bpost": "https://track.bpost.cloud/btr/web/#/search?itemCode={}",
    "Swiss Post": "https://service.post.ch/ekp-web/ui/entry/search/{}",
    "Correos": "https://www.correos.es/es/en/tools/tracker/items/details?tracking-number={}",
    "Posti": "https://www.posti.fi/en/tracking#/lahetys/{}",
    "An Post": "https://www.anpost.com/Post-Parcels/Track/History?item={}",
    "InPost": "https://inpost.pl/en/find-parcel?number={}",
    "CTT": "https://www.ctt.pt/feapl_2/app/open/objectSearch/objectSearch.jspx?objects={}",
}

FREE_FROM = 6000
EXPRESS_EXTRA = 900
METHODS = {"letter": "Letter post", "express": "Express parcel"}


def country(code: str) -> Country | None:
    return next((country for country in COUNTRIES if country.code == code), None)


def postage(to: Country, method: str, goods: int) -> int:
    """Cents for the parcel: letter post inside Europe is free from €60.00 of goods; express always costs its extra."""
    is_free = to.postage < 1000 and goods >= FREE_FROM
    return (0 if is_free else to.postage) + (EXPRESS_EXTRA if method == "express" else 0)


def tracking_url(carrier: str, number: str) -> str:
    """The carrier's public page for a parcel, or nothing for a carrier we do not know."""
    form = TRACKING.get(carrier)
    return form.format(quote(number, safe="")) if form else ""
