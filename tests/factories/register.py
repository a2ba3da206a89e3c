"""Made-up files in the forms in which the schools register is published, warts included."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

LINK_2017 = {
    "URN": "123456",
    "Linked UID": "2044",
    "Group Name": "Harbour Learning Trust",
    "Companies House Number": "07318714",
    "Group Type": "Multi-academy trust",
    "Closed Date": "",
    "Group Status": "Open",
    "FederationType": "",
    "Joined date": "01-09-2016",
    "EstablishmentName": "Quay Primary School",
    "TypeOfEstablishment (code)": "34",
    "TypeOfEstablishment (name)": "Academy Converter",
    "PhaseOfEducation (code)": "2",
    "PhaseOfEducation (name)": "Primary",
    "LA (code)": "925",
    "LA (name)": "Lincolnshire",
}
LINK = {
    "URN": "123456",
    "Group UID": "2044",
    "Group ID": "TR00261",
    "Group Name": "Harbour Learning Trust",
    "Companies House Number": "7318714",
    "Group Type (code)": "06",
    "Group Type": "Multi-academy trust",
    "Closed Date": "",
    "Open date": "",
    "Incorporated on (open date)": "19/07/2010",
    "Group Status (code)": "OPEN",
    "Group Status": "Open",
    "Joined date": "01/12/2010",
    "EstablishmentName": "Quay Primary School",
    "TypeOfEstablishment (name)": "Academy converter",
    "PhaseOfEducation (name)": "Not applicable",
    "LA (code)": "925",
    "LA (name)": "Lincolnshire",
}
GROUP = {
    "Group UID": "2044",
    "Group ID": "TR00261",
    "Group Name": "HARBOUR LEARNING TRUST",
    "Companies House Number": "7318714",
    "Group Type (code)": "6",
    "Group Type": "Multi-academy trust",
    "Closed Date": "",
    "Open date": "",
    "Incorporated on (open date)": "19/07/2010",
    "Group Status": "Open",
    "Group Street": "Quay Primary School",
    "Group Locality": "Abbey Road",
    "Group Address 3": "",
    "Group Town": "Bourne",
    "Group County": "Not recorded",
    "Group Postcode": "pe109ep",
    "Head of Group Title": "Not-applicable",
    "UKPRN": "10058308",
}
SCHOOL = {
    "URN": "123456",
    "LA (code)": "925",
    "LA (name)": "Lincolnshire",
    "EstablishmentName": "Quay Church of England Primary School",
    "TypeOfEstablishment (name)": "Academy converter",
    "EstablishmentStatus (name)": "Open, but proposed to close",
    "OpenDate": "01-01-1901",
    "CloseDate": "",
    "PhaseOfEducation (name)": "Primary",
    "NumberOfPupils": "276",
    "UKPRN": "10013279",
    "Street": "Quay Street",
    "Locality": "",
    "Address3": "",
    "Town": "Bourne",
    "County (name)": "Not recorded",
    "Postcode": "PE10 9EP",
}
PUPILS = {
    "URN": "123456",
    "LAEstab": "9252001",
    "LA": "925",
    "Local Authority": "Lincolnshire",
    "School Name": "Quay Primary",
    "School Type": "Mainstream academy",
    "Number of pupils on roll (7)": "1,280",
}
AUTHORITY = {
    "Local Authority GIAS ID": "925",
    "Local Authority Name": "Lincolnshire",
    "Address Line 1": "County Hall",
    "Address Line 2": "",
    "Address Line 3": "",
    "Town/City": "Lincoln",
    "Postcode": "LN1 1YL",
}


def a_file(form: Mapping[str, str], *changes: Mapping[str, str], encoding: str = "cp1252") -> bytes:
    """A file of this form with one row for each set of changes (one unchanged row when there is none)."""
    rows = [{**form, **change} for change in changes] or [dict(form)]
    return a_table([list(form), *[list(row.values()) for row in rows]], encoding)


def a_table(rows: Sequence[Sequence[str]], encoding: str = "cp1252") -> bytes:
    """Rows as a CSV file with the register's line ends."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)
