"""What schools call the same thing: groups of words, of which each finds the others. Pure.

A group is its names with commas between; a line that ends with a comma goes on in the next. A name of several
words counts where they stand together. Capitals do not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from marketplace.finding import words

TABLE = """
headteacher, head teacher, HT, head, principal, headship
executive headteacher, executive head, executive principal, EHT
deputy headteacher, deputy head, DHT, vice principal
assistant headteacher, assistant head, AHT, assistant principal
chief executive, chief executive officer, CEO, chief executives
chief financial officer, CFO, finance director, director of finance, FD
chief operating officer, COO, operations director, director of operations
school business manager, SBM, business manager, bursar,
school business leader, SBL, school business professional
senior leadership team, SLT, senior leaders, senior team
early career teacher, ECT, ECTs, ECF, early career framework, NQT, newly qualified teacher
initial teacher training, ITT, SCITT, trainee teachers, initial teacher education, ITE
continuing professional development, CPD, professional development, staff training, INSET
national professional qualification, NPQ, NPQs, NPQH, NPQSL, NPQLT, NPQEL,
national professional qualifications
teaching assistant, TA, TAs, LSA, learning support assistant, HLTA, teaching assistants
governing board, governing body, board of governors, governors, trust board, trustees
clerk, clerking, governance professional, clerk to governors, minute taker
local governing body, LGB, local board, academy council, local committee
scheme of delegation, SoD, delegation scheme
multi-academy trust, MAT, academy trust, trust
single-academy trust, SAT
local authority, LA, council, county council
Department for Education, DfE, the department
Ofsted, inspection, inspector, HMI, mock inspection, deep dive, deep dives
self-evaluation form, SEF, self-evaluation
school improvement plan, SIP, SDP, school development plan, development plan
school improvement partner, challenge partner, school improvement adviser
academies accounts return, AAR, accounts return
academy trust handbook, ATH, academies financial handbook
budget forecast return, BFR, three-year budget, budget forecast, 3 year budget
general annual grant, GAG, GAG pooling, pooled funding
integrated curriculum and financial planning, ICFP, curriculum-led financial planning
internal scrutiny, internal audit, internal auditor
payroll, pay bureau, wages, salaries, pay run
Teachers' Pension Scheme, TPS, Teachers' Pensions
local government pension scheme, LGPS, local government pension
value added tax, VAT, VAT 126, s33B, section 33B
purchase order, PO, purchasing
pupil premium, PP, PPG, disadvantaged pupils
human resources, HR, personnel, HR advice
occupational health, OH, OHU
absence management, sickness absence, staff absence
disclosure and barring service, DBS, criminal record check
single central record, SCR, single central register
supply teacher, supply, cover teacher, supply staff, agency teacher, supply teachers
job evaluation, pay grading, NJC
special educational needs, SEN, SEND, special needs, additional needs, SEN and disability
special educational needs coordinator, SENCo, SENDCo, SEN coordinator, special needs coordinator,
inclusion lead
education health and care plan, EHCP, EHC plan, EHCPs, EHC plans, needs assessment, EHCNA
educational psychologist, EP, ed psych, educational psychology, edpsych
speech and language therapy, SALT, SLT therapist, speech and language therapist, speech therapy,
speech therapist
speech language and communication needs, SLCN, communication needs
occupational therapy, OT, occupational therapist, sensory integration
English as an additional language, EAL, ESOL, new arrivals
autism, ASD, autistic spectrum disorder, ASC, autistic
attention deficit hyperactivity disorder, ADHD
social emotional and mental health, SEMH, mental health
emotionally based school avoidance, EBSA, EBSNA, school refusal, school avoidance, anxious pupils
access arrangements, exam access arrangements, JCQ
dyslexia, SpLD, specific learning difficulties
permanent exclusion, PEX, permanent exclusions, exclusion, suspension, suspensions, fixed-term exclusion,
expulsion
independent review panel, IRP, exclusion appeal
alternative provision, AP, pupil referral unit, PRU, off-site provision
managed move, managed moves, fair access protocol, FAP
positive handling, team teach, restraint, de-escalation
education welfare officer, EWO, education welfare, attendance officer, welfare officer, ESW
persistent absence, severe absence, truancy
penalty notice, fixed penalty, attendance prosecution
children missing education, CME, missing education
designated safeguarding lead, DSL, DDSL, safeguarding lead, child protection officer,
designated safeguarding leads
safeguarding, child protection
keeping children safe in education, KCSIE, KCSiE
local authority designated officer, LADO, designated officer
online safety, e-safety, internet safety
filtering and monitoring, web filter, internet filtering
Prevent, radicalisation, extremism
data protection officer, DPO, GDPR, data protection, UK GDPR
subject access request, SAR, DSAR, freedom of information, FOI
management information system, MIS, SIMS, Arbor, Bromcom
information technology, IT, ICT, computers
cyber security, cybersecurity, cyber essentials, phishing
wireless, wifi, wi-fi, wireless network
school condition allocation, SCA, condition survey, condition surveys
condition improvement fund, CIF, CIF bid
private finance initiative, PFI, private finance
health and safety, H&S, HSE
risk protection arrangement, RPA
good estate management for schools, GEMS, estate management, estates manager, premises manager,
facilities manager
caretaker, site manager, site staff, premises staff, caretakers
asbestos, asbestos register, RAAC
heat decarbonisation, net zero, solar, sustainability, climate action plan
legionella, water hygiene
catering, school meals, school food, free school meals, FSM, UIFSM
photocopier, copier, printer lease, MFD, reprographics
home to school transport, school transport, minibus
relationships sex and health education, RSHE, RSE, PSHE
early years foundation stage, EYFS, early years, reception, nursery
key stage 1, KS1, infants
key stage 2, KS2, juniors
key stage 3, KS3
key stage 4, KS4, GCSE, year 11
key stage 5, KS5, sixth form, A level, post-16
phonics, early reading, SSP
maths, mathematics, numeracy, mastery
modern foreign languages, MFL, languages, French, Spanish, German
physical education, PE, sport premium
religious education, RE, religious studies
Gatsby benchmarks, careers, CEIAG, careers adviser, careers guidance
adviser, advisor, consultant
"""


def _groups() -> list[tuple[tuple[str, ...], ...]]:
    """Each group as its names, each name as its words."""
    lines = TABLE.strip().replace(",\n", ", ").splitlines()
    return [tuple(tuple(words.tokens(name)) for name in line.split(",")) for line in lines]


GROUPS = _groups()


def _places() -> dict[str, list[tuple[tuple[str, ...], int]]]:
    """By the stem of its first word: each name's stems, and the number of its group."""
    found: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
    for number, group in enumerate(GROUPS):
        for name in group:
            stems = tuple(words.stems(name))
            found[stems[0]].append((stems, number))
    return dict(found)


PLACES = _places()


def of(text: Sequence[str]) -> list[str]:
    """The words of every group that a text names, given the words of the text in their order."""
    stems = list(words.stems(text))
    named: dict[int, None] = {}
    for place, first in enumerate(stems):
        for name, number in PLACES.get(first, ()):
            if tuple(stems[place : place + len(name)]) == name:
                named[number] = None
    said = [word for number in named for name in GROUPS[number] for word in name]
    return list(dict.fromkeys(word for word in said if word not in words.STOP_WORDS))
