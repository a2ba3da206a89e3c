"""Where the demonstration town lies: real towns and local authorities of every region of England.

The schools are made up, one in each town, so that a search by place finds what is near.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Spot:
    """A town: metres east and north, where its postcodes begin, and its local authority."""

    name: str
    easting: int
    northing: int
    district: str
    authority_code: str
    authority: str


# fmt: off
SPOTS = (
    Spot("Plymstock", 251_500, 53_500, "PL9", "879", "Plymouth"),
    Spot("Plymouth", 247_700, 54_500, "PL1", "879", "Plymouth"),
    Spot("Tavistock", 248_100, 74_400, "PL19", "878", "Devon"),
    Spot("Okehampton", 258_800, 95_100, "EX20", "878", "Devon"),
    Spot("Newton Abbot", 286_100, 71_300, "TQ12", "878", "Devon"),
    Spot("Bovey Tracey", 281_500, 78_400, "TQ13", "878", "Devon"),
    Spot("Exeter", 292_000, 92_500, "EX1", "878", "Devon"),
    Spot("Truro", 182_600, 44_900, "TR1", "908", "Cornwall"),
    Spot("Liskeard", 225_100, 64_500, "PL14", "908", "Cornwall"),
    Spot("Saltash", 243_000, 58_800, "PL12", "908", "Cornwall"),
    Spot("Launceston", 233_100, 84_600, "PL15", "908", "Cornwall"),
    Spot("Taunton", 322_700, 124_500, "TA1", "933", "Somerset"),
    Spot("Bristol", 358_800, 172_900, "BS1", "801", "Bristol, City of"),
    Spot("Gloucester", 383_100, 218_600, "GL1", "916", "Gloucestershire"),
    Spot("Swindon", 415_000, 184_500, "SN1", "866", "Swindon"),
    Spot("Southampton", 442_000, 112_000, "SO14", "852", "Southampton"),
    Spot("Brighton", 531_200, 104_200, "BN1", "846", "Brighton and Hove"),
    Spot("Reading", 471_500, 173_400, "RG1", "870", "Reading"),
    Spot("Oxford", 451_300, 206_200, "OX1", "931", "Oxfordshire"),
    Spot("Guildford", 499_600, 149_500, "GU1", "936", "Surrey"),
    Spot("Canterbury", 614_900, 157_800, "CT1", "886", "Kent"),
    Spot("Brixton", 531_100, 175_500, "SW2", "208", "Lambeth"),
    Spot("Ealing", 517_500, 180_700, "W5", "307", "Ealing"),
    Spot("Croydon", 532_300, 165_500, "CR0", "306", "Croydon"),
    Spot("Walthamstow", 537_200, 189_000, "E17", "320", "Waltham Forest"),
    Spot("Norwich", 623_000, 308_500, "NR1", "926", "Norfolk"),
    Spot("Ipswich", 616_300, 244_500, "IP1", "935", "Suffolk"),
    Spot("Cambridge", 545_000, 258_400, "CB1", "873", "Cambridgeshire"),
    Spot("Chelmsford", 570_700, 206_800, "CM1", "881", "Essex"),
    Spot("Luton", 509_200, 221_300, "LU1", "821", "Luton"),
    Spot("Leicester", 458_700, 304_500, "LE1", "856", "Leicester"),
    Spot("Nottingham", 457_200, 340_000, "NG1", "892", "Nottingham"),
    Spot("Derby", 435_200, 336_300, "DE1", "831", "Derby"),
    Spot("Lincoln", 497_500, 371_300, "LN1", "925", "Lincolnshire"),
    Spot("Northampton", 475_400, 260_500, "NN1", "941", "West Northamptonshire"),
    Spot("Birmingham", 406_700, 286_700, "B1", "330", "Birmingham"),
    Spot("Coventry", 433_400, 279_000, "CV1", "331", "Coventry"),
    Spot("Stoke-on-Trent", 388_300, 345_600, "ST4", "861", "Stoke-on-Trent"),
    Spot("Shrewsbury", 349_200, 312_500, "SY1", "893", "Shropshire"),
    Spot("Worcester", 385_000, 254_800, "WR1", "885", "Worcestershire"),
    Spot("Leeds", 430_000, 433_800, "LS1", "383", "Leeds"),
    Spot("Bradford", 416_400, 433_000, "BD1", "380", "Bradford"),
    Spot("Sheffield", 435_400, 387_200, "S1", "373", "Sheffield"),
    Spot("York", 460_300, 452_000, "YO1", "816", "York"),
    Spot("Hull", 509_500, 428_800, "HU1", "810", "Kingston upon Hull, City of"),
    Spot("Manchester", 384_000, 398_000, "M1", "352", "Manchester"),
    Spot("Liverpool", 334_500, 390_500, "L1", "341", "Liverpool"),
    Spot("Preston", 354_000, 429_500, "PR1", "888", "Lancashire"),
    Spot("Chester", 340_500, 366_300, "CH1", "896", "Cheshire West and Chester"),
    Spot("Carlisle", 340_000, 556_000, "CA1", "942", "Cumberland"),
    Spot("Newcastle upon Tyne", 424_800, 564_500, "NE1", "391", "Newcastle upon Tyne"),
    Spot("Durham", 427_300, 542_500, "DH1", "840", "County Durham"),
    Spot("Sunderland", 439_700, 557_000, "SR1", "394", "Sunderland"),
    Spot("Middlesbrough", 449_500, 520_500, "TS1", "806", "Middlesbrough"),
)
# fmt: on
OF_TOWNS = {spot.name: spot for spot in SPOTS}
NEAR = ("878", "879", "908")
"""Devon, Plymouth and Cornwall."""
NAMES = ("Linden", "Beacon", "Orchard", "Riverside", "Chapel Hill", "Meadow")
FIRST_URN = 990_201


def schools_elsewhere() -> Iterator[dict[str, str]]:
    """A row of the register for one school in each town; no such school has been given these numbers."""
    for place, spot in enumerate(SPOTS):
        yield {
            "URN": str(FIRST_URN + place),
            "EstablishmentName": f"{NAMES[place % len(NAMES)]} Primary School, {spot.name}",
            "Town": spot.name,
            "Postcode": f"{spot.district} 9AA",
            "Easting": str(spot.easting),
            "Northing": str(spot.northing),
            "LA (code)": spot.authority_code,
            "LA (name)": spot.authority,
        }
