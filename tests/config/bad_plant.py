"""A plant file with many mistakes in every table, and how what is said of each begins."""

BAD = """
[plant]
name = ""
timezone = "Asia/Ho_Chi_Min"
country = "ZZ"
currency = "VNDD"
language = "fr"
interval = "7min"
closed = ["2026-02-21/2026-02-16"]
intervall = "15min"

[[shift]]
name = "day"
days = ["mon", "tuesday"]
start = "06:00"
end = "14 o'clock"

[[shift]]
name = "day"
start = "14:00"
end = "22:00"

[[resource]]
id = "water"
[[resource.price]]
from = "2025-01-01"
to = "2025-12-31"
amount = 12000

[[resource]]
id = "gas"
[[resource.price]]
from = "2026-01-01"
amount = nan
[[resource.price.window]]
name = "peak"
start = "08:00"
end = "12:00"
amount = 3
[[resource.price.window]]
name = "noon"
start = "11:00"
end = "13:00"
amount = -2
[[resource.emission_factor]]
from = "2026-01-01"
amount = 0.2
scope = 4

[[resource]]
id = "caustic"
kind = "material"
unit = "L"

[[process]]
id = "dye_line_2"
feeds = ["dryng"]
variables = ["dye_line_2.output", "outdoor_temp", "dye_line_2.water"]

[[process]]
id = "drying"

[[process]]
id = "drying"

[[meter]]
id = "dye_line_2.water"
process = "dye_line2"
resource = "watr"
kind = "counter"
unit = "m4"
topic = "plant/dye_line_2/water"
value = "total"

[[meter]]
id = "dye_line_2.steam"
process = "dye_line_2"
resource = "steam"
kind = "gauge"
unit = "t"
topic = "plant/dye_line_2/water"
value = "total"
rollover = 5
every = "10 seconds"
format = "jason"
time_unit = "min"

[[meter]]
id = "bad id"
resource = "electricity"
kind = "delta"
unit = "kW"
topic = "plant/#/water"

[[variable]]
id = "dye_line_2.output"
kind = "delta"
unit = "kg"
topic = "$share/a/b"

[[variable]]
id = "dye_line_2.water"
kind = "gauge"
unit = "degC"
colour = "red"
"""
EXPECTED = [
    'plant.name = "": must not be empty',
    'plant.timezone = "Asia/Ho_Chi_Min": unknown time zone; did you mean "Asia/Ho_Chi_Minh"',
    'plant.country = "ZZ": unknown country',
    'plant.currency = "VNDD": unknown currency; did you mean "VND"',
    'plant.language = "fr": unknown value; allowed: vi, en',
    'plant.interval = "7min": must be between 1min and 1h and divide an hour',
    'plant.closed[1] = "2026-02-21/2026-02-16": the range is reversed',
    'plant.intervall = "15min": unknown key; did you mean "interval"?',
    'shift[1] (day).days = ["mon", "tuesday"]: unknown day \'tuesday\'; did you mean "tue"?',
    'shift[1] (day).end = "14 o\'clock": not a time of day',
    'shift[2] (day).name = "day": this name is already taken by shift[1]',
    'resource[1] (water).price[1].to = "2025-12-31": the last price ended on 2025-12-31, before',
    "resource[2] (gas).price[1].amount = nan: must be a finite number",
    "resource[2] (gas).price[1].window[2] (noon).amount = -2: must be at least 0",
    "resource[2] (gas).price[1].window[2] (noon): overlaps window[1] (peak)",
    "resource[2] (gas).emission_factor[1].scope = 4: must be one of 1, 2 or 3",
    "resource[2] (gas).emission_factor[1].source: is missing",
    'resource[3] (caustic).unit = "L": a resource is kept in its canonical unit: write "m3"',
    'process[1] (dye_line_2).feeds[1] = "dryng": unknown process; did you mean "drying"?',
    'process[1] (dye_line_2).variables[2] = "outdoor_temp": unknown variable',
    'process[3] (drying).id = "drying": this id is already taken by process[2]',
    'meter[1] (dye_line_2.water).process = "dye_line2": unknown process; did you mean "dye_line_2"?',
    'meter[1] (dye_line_2.water).resource = "watr": unknown resource; did you mean "water"',
    'meter[1] (dye_line_2.water).unit = "m4": unknown unit',
    'meter[2] (dye_line_2.steam).unit = "t": a gauge measures a rate',
    'meter[2] (dye_line_2.steam).topic = "plant/dye_line_2/water": this topic and the value ',
    "meter[2] (dye_line_2.steam).rollover = 5: only a counter rolls over; this is a gauge",
    'meter[2] (dye_line_2.steam).every = "10 seconds": not a duration',
    'meter[2] (dye_line_2.steam).format = "jason": unknown format; did you mean "json"? allowed: json',
    'meter[2] (dye_line_2.steam).time_unit = "min": unknown value; allowed: s, ms, us, ns, iso',
    'meter[3] (bad id).id = "bad id": not an id',
    "meter[3] (bad id).process: is missing",
    'meter[3] (bad id).unit = "kW": a delta measures an amount',
    'meter[3] (bad id).topic = "plant/#/water": "#" stands alone, as the last level',
    'variable[1] (dye_line_2.output).topic = "$share/a/b": $share breaks the order',
    'variable[2] (dye_line_2.water).id = "dye_line_2.water": this id is already taken by meter[1]',
    'variable[2] (dye_line_2.water).colour = "red": unknown key',
]
