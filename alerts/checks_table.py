"""The table behind `alerts.checks`: three steps per probable cause and kind of resource. Only words."""

from __future__ import annotations

from alerts.conditions import PLANT_SILENT, PLANT_STILL, PLANT_WIDE
from alerts.words import N_
from domain.hotspot import Cause

Steps = tuple[str, str, str]

_SECOND_METER = N_("Compare the meter with its own display, or with a second meter.")

SAME_EVERYWHERE: dict[Cause, Steps] = {
    Cause.METER_SCALE: (
        _SECOND_METER,
        N_("Ask who worked on the meter or its gateway when it began: pulse value, transformer ratio, unit."),
        N_("If it is the meter, have its readings corrected by the factor; if not, see what was changed."),
    ),
    Cause.USE_DOWN: (
        _SECOND_METER,
        N_("Was there less production than reported, or is a machine out of order?"),
        N_("Is something fed past this meter: a bypass, another feeder, another line?"),
    ),
    Cause.STUCK_METER: (
        N_("Go to the meter: does its display move while the process runs?"),
        N_("Check the pulse cable, the gateway and the value it sends."),
        N_("Write down the register now, so that the missing consumption can be made up later."),
    ),
    Cause.CONTINUOUS_FLOW: (
        N_("Close everything behind the meter and read it: if it still turns, there is a leak."),
        N_("Look at floats, overflows, toilets and drain valves: what runs without being wanted?"),
        N_("Has a hose, a rinse or a cooling valve been left open since it began?"),
    ),
    Cause.NIGHT_FLOW: (
        N_("Walk along the pipes in a quiet night hour and listen at valves and hydrants."),
        N_("Shut one section after the other and watch the meter."),
        N_("Is something new at work at night: cleaning, filling, cooling, a new shift?"),
    ),
    Cause.IDLING: (
        N_("Switch the machine off now if nobody waits for it."),
        N_("Is there a stop at the end of the shift, and does it reach this machine?"),
        N_("Check whether a pump, fan, heater or lamp runs on when the machine stands."),
    ),
    Cause.AIR_LEAK: (
        N_("Walk along the air pipes when it is quiet: hoses, couplings and drains are heard first."),
        N_("Shut off the air of what stands still, at the valve of each line."),
        N_("After the repair, time the compressor again without demand."),
    ),
    Cause.FROZEN_AT_LIMIT: (
        N_("Read the meter's own display: does it show more than what is sent?"),
        N_("Check the range of transmitter and input, and the width of the register that is read."),
        N_("Is a cable broken, or a signal at 4 or 20 mA for good?"),
    ),
    Cause.IMPLAUSIBLE: (
        N_("Read the meter's own display and compare it with what was sent."),
        N_("Was the meter, its factor, its unit or its gateway changed?"),
        N_("Mark the readings as bad (wastenot correct), so that they count nowhere."),
    ),
    Cause.MAXIMUM_DEMAND: (
        N_("Which large loads started at the same time? Start them one after the other."),
        N_("Move what can wait (pumping, chilling, charging) out of the peak."),
        N_("Compare the limit in the plant file with the supply contract."),
    ),
    Cause.UNKNOWN: (
        N_("Open the chart: when did it begin, and what was changed then?"),
        N_("Check that the production figures of this time are complete."),
        N_("Walk along the line and compare what runs with what should run."),
    ),
}
_SHIFT_1 = N_("Compare set points and running machines of that shift with the other shifts.")
_SHIFT_2 = N_("Ask that shift what it does differently: warm-up, cleaning, products.")

BY_GROUP: dict[str, dict[Cause, Steps]] = {
    "electricity": {
        Cause.BASE_LOAD_UP: (
            N_("See what runs around the clock: compressors, pumps, fans, cooling, lighting."),
            N_("In a quiet hour switch off one feeder after the other and watch the meter."),
            N_("Ask what was added, changed or set to manual on the day it began."),
        ),
        Cause.OUT_OF_HOURS: (
            N_("Walk along the line after hours: which motors, fans, heaters and lights are on?"),
            N_("Check timers, automatic stop and stand-by settings."),
            N_("Agree with the shift leader who switches off what, and when."),
        ),
        Cause.PROPORTIONAL: (
            N_("Check drives under load: belts, bearings, blocked filters, throttled valves."),
            N_("Compare speed, temperature and pressure set points with the recipe."),
            N_("Look for rework and scrap: is the same output made twice?"),
        ),
        Cause.ONE_SHIFT: (
            _SHIFT_1,
            _SHIFT_2,
            N_("Check which machines idle during that shift's breaks and changeovers."),
        ),
        Cause.SLOW_RISE: (
            N_("Look for wear and dirt: filters, heat exchangers, condensers, bearings."),
            N_("Measure the current of the largest motors and compare it with the last record."),
            N_("Check when the largest consumer was last serviced."),
        ),
    },
    "fuel": {
        Cause.BASE_LOAD_UP: (
            N_("Look for leaks at flanges, valves, hoses; on a smell of gas shut the main valve and leave."),
            N_("Check burners that never go off, and the stand-by temperature of boilers and dryers."),
            N_("Check dampers, doors and hatches that stay open."),
        ),
        Cause.OUT_OF_HOURS: (
            N_("Are boilers, dryers or ovens kept hot without production?"),
            N_("Check the time programme and the lowered temperature for nights and Sundays."),
            N_("Shut off the fuel of machines that are out of use."),
        ),
        Cause.PROPORTIONAL: (
            N_("Measure oxygen and temperature of the flue gas; have the burner adjusted."),
            N_("Check insulation, doors and seals of dryers and ovens."),
            N_("Do the goods come in wetter, or is the temperature set higher, than the recipe says?"),
        ),
        Cause.ONE_SHIFT: (
            _SHIFT_1,
            _SHIFT_2,
            N_("Check how early that shift fires up, and how late it shuts down."),
        ),
        Cause.SLOW_RISE: (
            N_("Check the flue gas temperature: soot or scale on the heat exchanger?"),
            N_("Check the burner's nozzle, air filter and fan."),
            N_("Check when the burner was last adjusted and the boiler last cleaned."),
        ),
    },
    "steam": {
        Cause.BASE_LOAD_UP: (
            N_("Check steam traps: one that is hot and blows all the time has failed open."),
            N_("Look for plumes at flanges, valves, safety valves and condensate vents."),
            N_("Check that bypass valves are shut."),
        ),
        Cause.OUT_OF_HOURS: (
            N_("Shut the steam header of lines that stand still."),
            N_("Check that automatic valves close fully when the machine is off."),
            N_("Check whether the boiler is kept under pressure without need."),
        ),
        Cause.PROPORTIONAL: (
            N_("Check how much condensate comes back, and how hot."),
            N_("Look for missing insulation on pipes, valves and tanks."),
            N_("Compare heating times and temperatures with the recipe."),
        ),
        Cause.ONE_SHIFT: (
            _SHIFT_1,
            _SHIFT_2,
            N_("Check whether steam valves are left open while that shift loads and unloads."),
        ),
        Cause.SLOW_RISE: (
            N_("Survey the steam traps: without care some fail every year."),
            N_("Check heat exchangers for scale, and the boiler's blow-down."),
            N_("Check the boiler's efficiency: flue gas temperature and oxygen."),
        ),
    },
    "air": {
        Cause.BASE_LOAD_UP: (
            N_("Listen for leaks when it is quiet: hoses, couplings, valves, cylinders."),
            N_("Check condensate drains that blow all the time."),
            N_("Look for blow nozzles and valves left open."),
        ),
        Cause.OUT_OF_HOURS: (
            N_("Shut off the air of machines that stand still, at the valve of each line."),
            N_("Without demand, time the compressor: its loaded share of the time is the leak."),
            N_("Check that the compressor stops at night and in breaks."),
        ),
        Cause.PROPORTIONAL: (
            N_("Check the network pressure: is it higher than the machines need?"),
            N_("Check blow nozzles: worn, too large, or blowing without a workpiece?"),
            N_("Check the pressure drop over filters and dryer."),
        ),
        Cause.ONE_SHIFT: (
            _SHIFT_1,
            _SHIFT_2,
            N_("Check whether that shift cleans or cools with compressed air."),
        ),
        Cause.SLOW_RISE: (
            N_("Survey the network with an ultrasonic detector; tag leaks and have them repaired."),
            N_("Check the pressure drop over intake and line filters."),
            N_("Check the compressor's service hours and its valves."),
        ),
    },
    "water": {
        Cause.BASE_LOAD_UP: (
            N_("Check that drain, discharge and bypass valves are tight when closed."),
            N_("Look at floats and level switches of tanks: is an overflow running?"),
            N_("Close everything and read the meter: if it still turns, there is a leak behind it."),
        ),
        Cause.OUT_OF_HOURS: (
            N_("Are rinse, cooling or spray valves open while nothing is produced?"),
            N_("Check hoses, taps and toilets after hours."),
            N_("Check that automatic valves close when the machine stops."),
        ),
        Cause.PROPORTIONAL: (
            N_("Compare rinse times, fill levels and flow settings with the recipe."),
            N_("Check flow limiters and spray nozzles: worn or missing?"),
            N_("Is cooling and rinse water still being used again?"),
        ),
        Cause.ONE_SHIFT: (
            _SHIFT_1,
            _SHIFT_2,
            N_("Check whether hoses and rinses run on during that shift's breaks and cleaning."),
        ),
        Cause.SLOW_RISE: (
            N_("Check what wears: drain valves, pump seals, float valves."),
            N_("Check the cooling tower's blow-down and conductivity setting."),
            N_("Look for wet ground and damp spots along buried pipes."),
        ),
    },
    "material": {
        Cause.BASE_LOAD_UP: (
            N_("Check dosing valves and pumps that drip when closed."),
            N_("Look for spills and overflows at tanks and filling points."),
            N_("Weigh the stock: does it agree with the books?"),
        ),
        Cause.OUT_OF_HOURS: (
            N_("Who takes material outside production: cleaning, setting up, trials?"),
            N_("Check that dosing stops with the machine."),
            N_("Check the store's issue records of these hours."),
        ),
        Cause.PROPORTIONAL: (
            N_("Weigh one dose and compare it with the recipe."),
            N_("Compare rejects and rework with last month."),
            N_("Check concentration or moisture of the supplier's last delivery."),
        ),
        Cause.ONE_SHIFT: (
            _SHIFT_1,
            _SHIFT_2,
            N_("Watch one batch of that shift being weighed and dosed."),
        ),
        Cause.SLOW_RISE: (
            N_("Calibrate the dosing pump and the scale."),
            N_("Check wear of nozzles, seals and tools: thicker coats, more trim?"),
            N_("Compare the yield of the last weeks batch by batch."),
        ),
    },
}  # fmt: skip
#: any other energy carrier
BY_GROUP["energy"] = {
    **BY_GROUP["electricity"],
    Cause.BASE_LOAD_UP: (
        N_("See what runs around the clock although nothing is produced."),
        N_("Look for leaks, open valves and missing insulation along the way."),
        N_("Ask what was added, changed or set to manual on the day it began."),
    ),
}

SILENT: Steps = (
    N_("Does the meter have power, and does its display work?"),
    N_("Check the gateway and the network between meter and broker."),
    N_("Was the meter's topic, address or password changed?"),
)
INFRASTRUCTURE: dict[str, Steps] = {
    "store": (
        N_("Is the database server on, and its service running?"),
        N_("Is its disk full, or its access token expired?"),
        N_("Readings are kept in the local spool meanwhile; do not delete it."),
    ),
    "broker": (
        N_("Is the broker's machine on, and its service running?"),
        N_("Check network, switch and firewall between here and the broker."),
        N_("Was a password, certificate or access list changed?"),
    ),
    "spool": (
        N_("Free space on this machine's disk: it is full or nearly so."),
        N_("Check why the database does not take the waiting readings."),
        N_("Do not delete the spool: it holds readings that are stored nowhere else."),
    ),
    PLANT_SILENT: (
        N_("Check power and network of the gateways and switches."),
        N_("Is the broker running, and do the gateways reach it?"),
        N_("Was the network, a password or a certificate changed today?"),
    ),
    PLANT_WIDE: (
        N_("Was there a power cut or a dip, or did the supply of gas, steam or water change?"),
        N_("Is it a day off, or an order of work, that the plant file does not know of?"),
        N_(
            "If everything runs as always, look for one cause: outdoor temperature, supply pressure, voltage."
        ),
    ),
    PLANT_STILL: (
        N_("Was it a day off? Then add it to `extra_holidays` or `closed` in the plant file."),
        N_("Was there no order of work, or no power, gas, steam or water?"),
        N_("If people worked as always: are the readings of that day complete?"),
    ),
}
ANY_TROUBLE: Steps = (
    N_("Run `wastenot doctor`: it says what is reachable and what is not."),
    N_("Check power, network and disk of this machine."),
    N_("Look at the log from the time it began."),
)
