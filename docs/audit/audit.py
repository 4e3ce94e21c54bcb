#!/usr/bin/env python3
"""Recomputes the energies and intervals of a run from its raw recordings, sharing no code with the harness.

    python3 audit.py RUN_FOLDER

Needs numpy and a run whose bench says `meter: { record: true }`. What it does otherwise than the harness: a window's duration is taken
from the DUT's own cycle counts, its power from the samples that lie wholly inside one marker state; no edge is placed inside a sample.
The DUT's counter does not count all of the stores that set the markers: 32 cycles a window are allowed for them.
Exit code 0: every energy within 200 ppm, every interval within 10 %; 1: not so; 2: the run cannot be read.
"""
import json
import math
import os
import struct
import sys
import zlib

import numpy as np

ENERGY_TOLERANCE = 200e-6
MARKER_CYCLES = 32
# Between the fall of the marker and sleep the core may take this many cycles; the run's limit of the delay (its rule marker-delay).
FALLING_ASLEEP_CYCLES = 200
INTERVAL_TOLERANCE = 0.10
NORMAL_95 = 1.959963984540054
GATE, BIG, OTHER = 1, 2, 3


# ---- the recording: magic, then frames of kind, length, deflated body (harness/record/README.md) ----

class Body:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        part = self.data[self.at:self.at + count]
        if len(part) < count:
            raise ValueError("a frame is too short")
        self.at += count
        return part

    def number(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize(code)))[0]

    def array(self, code, count):
        return np.frombuffer(self.take(count * np.dtype(code).itemsize), dtype=code)

    def xored(self, count):
        return np.bitwise_xor.accumulate(self.array("u1", count)) if count else np.zeros(0, "u1")

    def floats(self, count):
        size = self.number("I")
        if size == 0:
            return self.array("<f8", count)
        table = self.array("<f8", size)
        low, high = self.array("u1", count).astype(np.int64), self.array("u1", count).astype(np.int64)
        return table[np.cumsum(low + 256 * high) & 0xFFFF]


def read_recording(path):
    """Header, end, and columns: start (s), period (s), amperes, markers, volts or None."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"LFREC1\n\0":
        raise ValueError(path + " is no recording")
    at, header, end, columns = 8, None, None, []
    while at < len(data):
        kind, length = struct.unpack_from("<BI", data, at)
        body = zlib.decompress(data[at + 5:at + 5 + length])
        at += 5 + length
        if kind == 1:
            header = json.loads(body)
        elif kind == 3:
            end = json.loads(body)
        else:
            columns.append(samples_of(Body(body)))
    joined = [np.concatenate(parts) for parts in zip(*columns)]
    return header, end, joined


def samples_of(body):
    chunks, total, flags = body.number("I"), body.number("I"), body.number("B")
    lengths = body.array("<u4", chunks)
    body.xored(chunks)
    start, period, _ = (body.array("<f8", chunks) for _ in range(3))
    current, logic = body.floats(total), body.xored(total)
    volts = body.floats(total) if flags & 1 else np.full(total, np.nan)
    ranges = body.xored(total) if flags & 2 else np.zeros(total, "u1")
    inside = np.concatenate([np.arange(n) for n in lengths]) if chunks else np.zeros(0)
    periods = np.repeat(period, lengths)
    return (np.repeat(start, lengths) + inside * periods) * 1e-9, periods * 1e-9, current, logic & 3, volts, ranges


# ---- stretches of one marker state ----

def stretches_of(marker):
    """(state, first, last + 1) of every run of equal markers."""
    edges = np.flatnonzero(np.diff(marker)) + 1
    bounds = np.concatenate([[0], edges, [len(marker)]])
    return [(int(marker[a]), int(a), int(b)) for a, b in zip(bounds[:-1], bounds[1:])]


def windows_of(stretches):
    """Lists of stretches between two idles that hold gate or Big."""
    windows, open_window, seen_idle = [], [], False
    for stretch in stretches:
        if stretch[0] == 0:
            if seen_idle and any(s in (GATE, BIG) for s, _, _ in open_window):
                windows.append(open_window)
            open_window, seen_idle = [], True
        elif seen_idle:
            open_window.append(stretch)
    return windows


def interior(first, last):
    """Samples that cannot hold an edge: markers are those at a sample's end, so the first one may."""
    return (first + 1, last) if last - first > 1 else (first, last)


# ---- one block ----

def audit_energy(columns, header, end, block):
    start, period, current, marker, volts, ranges = columns
    supply = header["supplyMillivolts"] * 1e-3
    power = current * np.where(np.isnan(volts), supply, volts)
    stretches = stretches_of(marker)
    baseline = header.get("baseline") or {"before": 0, "after": 0, "seconds": 0}
    windows = windows_of(stretches)
    windows = windows[baseline["before"]:len(windows) - baseline["after"]]
    if len(windows) != header["expectedWindows"]:
        raise ValueError("%d windows, not %d" % (len(windows), header["expectedWindows"]))
    hertz = block["hertz"]
    seconds = np.stack([np.array(block[key], float) / hertz for key in ("gate", "big", "other")], axis=1)
    watts = np.full(seconds.shape, np.nan)
    for i, window in enumerate(windows):
        for column, state in enumerate((GATE, BIG, OTHER)):
            parts = [interior(a, b) for s, a, b in window if s == state]
            joules = sum(np.dot(power[a:b], period[a:b]) for a, b in parts)
            time = sum(period[a:b].sum() for a, b in parts)
            if time > 0:
                watts[i, column] = joules / time
    for column in range(3):
        known = watts[:, column][~np.isnan(watts[:, column])]
        everywhere = known.mean() if len(known) else np.nanmean(watts) if not np.all(np.isnan(watts)) else 0.0
        watts[np.isnan(watts[:, column]), column] = everywhere
    energy = (watts * seconds).sum(axis=1)
    mean, duration = energy.mean(), seconds.sum(axis=1).mean()
    # Changes of range inside windows, counted at the sample that is the first in the new one.
    changed = np.flatnonzero(np.diff(ranges)) + 1
    switches = sum(np.count_nonzero((changed >= w[0][1]) & (changed < w[-1][2])) for w in windows)
    sleep = audit_sleep(power, period, stretches, baseline["seconds"])
    delay = marker_delay(power, period, windows, sleep, hertz, end)
    return {
        "joules": mean,
        "seconds": duration,
        "parts": seconds.mean(axis=0),
        "u95": energy_interval(mean, duration, switches / len(windows), end, supply, sleep, delay),
        "sleep": sleep,
        "sleep_u95": sleep_interval(sleep, end, supply),
    }


def audit_sleep(power, period, stretches, least):
    """Mean and standard error of the settled part of long idles, before and after the block."""
    means = []
    for state, first, last in stretches:
        length = period[first:last].sum()
        if state != 0 or least == 0 or length < 0.6 * least:
            continue
        clock = np.cumsum(period[first:last])
        kept = (clock > 0.25 * length) & (clock < 0.97 * length)
        if not kept.any():
            # One long sample of an ideal meter.
            kept = np.ones(last - first, bool)
        p, t = power[first:last][kept], period[first:last][kept]
        groups = [np.average(a, weights=b) for a, b in zip(np.array_split(p, 20), np.array_split(t, 20)) if len(a)]
        error = np.std(groups, ddof=1) / math.sqrt(len(groups)) if len(groups) > 1 else 0.0
        means.append((np.average(p, weights=t), error))
    if not means:
        return None
    half = len(means) // 2
    before, after = means[:half] or means, means[half:]
    values = [np.mean([m for m, _ in side]) for side in (before, after)]
    return {
        "watts": float(np.mean(values)),
        "drift": abs(values[1] - values[0]) / 2 / math.sqrt(3),
        "error": math.sqrt(sum(e * e for _, e in means)) / len(means),
    }


def marker_delay(power, period, windows, sleep, hertz, end):
    """Standard uncertainty (k = 1) of the marker lines against the current, seconds: what is missing, or left over, behind the falling edges.

    The charge above sleep in the samples from the last whole one of a window on is time at the window's power. Marker lines that are on time cut it
    off in the middle of the sample that they change in, on the average over the windows, and the core takes some cycles to fall asleep.
    """
    stated = end["accuracy"]["edgeNs"] * 1e-9
    if sleep is None or np.ptp(period) > 0.1 * np.median(period):
        return stated  # An ideal meter, whose samples end at the edges.
    late = []
    for window in windows:
        last = window[-1][2]
        if last + 2 >= len(power) or window[-1][2] - window[-1][1] < 3:
            continue
        level = power[last - 2] - sleep["watts"]
        if level <= 0 or abs(power[last + 2] - sleep["watts"]) > 0.05 * level:
            continue
        after = np.dot(power[last:last + 2] - sleep["watts"], period[last:last + 2]) / level
        late.append(after - period[last] / 2)
    if len(late) < 6:
        return stated
    asleep = FALLING_ASLEEP_CYCLES / hertz
    seconds = asleep / 2 - np.mean(late)
    sigma = math.hypot(np.std(late, ddof=1) / math.sqrt(len(late)), asleep / math.sqrt(12))
    return math.hypot(seconds, sigma)


def energy_interval(joules, seconds, switches, end, supply, sleep, delay):
    a = end["accuracy"]
    watts = joules / seconds
    terms = [
        a["gainRelative"] * joules,
        (a.get("linearityRelative") or 0) * joules,
        a["voltageRelative"] * joules,
        a["clockRelative"] * joules,
        a["offsetAmps"] * supply * seconds,
        (a.get("rangeSwitchSeconds") or 0) * watts * switches,
        delay * watts,
        (sleep["drift"] if sleep else 0) * seconds,
    ]
    return NORMAL_95 * math.sqrt(sum(t * t for t in terms))


def sleep_interval(sleep, end, supply):
    if sleep is None:
        return None
    a = end.get("idleAccuracy") or end["accuracy"]
    terms = [
        a["gainRelative"] * sleep["watts"],
        (a.get("linearityRelative") or 0) * sleep["watts"],
        a["voltageRelative"] * sleep["watts"],
        a["offsetAmps"] * supply,
        sleep["drift"],
        sleep["error"],
    ]
    return NORMAL_95 * math.sqrt(sum(t * t for t in terms))


# ---- the model's part: the supply model again, and its assumptions drawn ----

KIND_SHARE = {"datasheet": 0.05, "published": 0.1, "fitted": 0.15, "assumed": 0.5}
CYCLES = {"cortex-m0plus": 0.05, "cortex-m3": 0.08, "cortex-m4f": 0.03}


def drawer(rng, draws):
    """Values of a fact in all draws; the same name is the same error."""
    normals = {}

    def draw(name, fact):
        value = fact["value"]
        if name not in normals:
            normals[name] = rng.standard_normal(draws)
        z = normals[name]
        if "uFactor" in fact:
            return value * fact["uFactor"] ** z
        if value == 0:
            return np.maximum(0, fact.get("u", 0) * z)
        share = abs(fact["u"] / value) if "u" in fact else KIND_SHARE[fact["kind"]]
        if share > 0.25:
            return value * np.exp(share * z)
        return np.maximum(0, value * (1 + share * z))

    return draw


def model_factors(chip, level_name, seconds, draws=4000, seed=7):
    """Active energy of a window in all draws over its nominal value; at 25 degrees Celsius."""
    level = next(l for l in chip["levels"] if l["name"] == level_name)

    def energy(draw):
        absent = {"value": 0, "u": 0, "kind": "assumed"}
        one = {"value": 1, "u": 0, "kind": "assumed"}
        act, law, regulator = chip["active"], chip["delay"], chip["regulator"]
        volts = draw("mV", level["millivolts"]) * 1e-3
        efficiency = np.minimum(1, draw("eff", regulator["efficiency"]))
        supply = chip["supply"]["millivolts"]["value"] * 1e-3
        pin = (lambda amps, v: amps / efficiency) if regulator["type"] == "ldo" else (
            lambda amps, v: amps * v / (supply * efficiency))
        megahertz = level["hertz"]["value"] / 1e6
        if "microampsPerMegahertz" in level:
            switching = draw("uA/MHz", level["microampsPerMegahertz"]) * megahertz
        else:
            rail = draw("mem mV", level["memoryMillivolts"]) * 1e-3 if "memoryMillivolts" in level else volts
            core = draw("C", act["capacitancePicofarads"]) * volts * megahertz
            memory = draw("Cm", act.get("memoryCapacitancePicofarads", absent)) * rail * megahertz
            switching = pin(core, volts) + pin(memory, rail)
        slope = draw("n", law["slopeFactor"]) * law["thermalMillivolts"]["value"]
        leak = draw("leak", act["leakageMicroamps"]) * np.exp(
            draw("dibl", act["diblVoltsPerVolt"]) * (volts * 1e3 - law["referenceMillivolts"]["value"]) / slope)
        fixed = (draw("fixed", act["fixedMicroamps"])
                 + draw("fixed/V", act.get("fixedMicroampsPerVolt", absent)) * volts
                 + draw("quiescent", regulator.get("quiescentMicroamps", absent)))
        compute = draw("compute", act["activity"]["compute"])
        gate = compute * draw("gate", act["activity"].get("gate", one))
        transfer = compute * draw("transfer", act["activity"]["transfer"])
        rest = pin(leak, volts) + fixed
        u = {"value": 1, "u": CYCLES.get(chip["core"], 0.1), "kind": "fitted"}
        gate_cycles, big_cycles = draw("cycles gate", u), draw("cycles Big", u)
        parts = [(gate, gate_cycles), (compute, big_cycles), (transfer, gate_cycles)]
        return sum((share * switching + rest) * cycles * t for (share, cycles), t in zip(parts, seconds))

    nominal = energy(lambda name, fact: np.asarray(float(fact["value"])))
    return energy(drawer(np.random.default_rng(seed), draws)) / nominal


def half_width(value, draws):
    low, high = np.quantile(draws, [0.025, 0.975])
    return max(high - value, value - low, 0)


# ---- the run ----

def read_blocks(records):
    blocks = {}
    for record in records:
        kind, key = record["kind"], (record.get("block"), 1)
        if kind == "block-start":
            if record.get("pass", 1) != 1:
                raise ValueError("runs of several passes are not audited")
            blocks[key] = {"key": record["key"], "attempt": record["attempt"], "gate": [], "big": [], "other": []}
        elif kind == "windows":
            for name in ("gate", "big", "other"):
                blocks[key][name] += record[name + "Cycles"]
        elif kind == "identity":
            blocks[key]["hertz"] = record["level"]["Hz"]
        elif kind == "block-end":
            blocks[key]["valid"] = record["valid"]
    return [(block, data) for (block, _), data in sorted(blocks.items())]


def check(lines, what, own, theirs, tolerance, relative_to=None):
    scale = abs(relative_to if relative_to is not None else theirs)
    off = abs(own - theirs) / scale if scale > 0 else abs(own)
    lines.append((what, own, theirs, off, off <= tolerance))


def audit(folder):
    with open(os.path.join(folder, "journal.ndjson"), encoding="utf-8") as file:
        records = [json.loads(line) for line in file if line.strip()]
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    campaign, lines, done = records[0], [], {}
    chips = {chip["name"]: chip for chip in campaign.get("model", {}).get("chips", [])}
    for block, data in read_blocks(records):
        key = data["key"]
        name = "%s %s %s" % (key["chip"], key["level"]["name"], key["strategy"])
        theirs = next(b for b in run["blocks"] if b["chip"] == key["chip"] and b["level"]["name"] == key["level"]["name"]
                      and b["strategy"] == key["strategy"] and b["bundle"] == key["bundle"])
        if data.get("valid") is not True or theirs["energyPerWindow_uJ"] is None:
            continue
        path = os.path.join(folder, "recordings", "block-%04d-%d.lfrec" % (block, data["attempt"]))
        header, end, columns = read_recording(path)
        own = audit_energy(columns, header, end, data)
        energy = theirs["energyPerWindow_uJ"]
        tolerance = ENERGY_TOLERANCE + MARKER_CYCLES / (own["seconds"] * data["hertz"])
        check(lines, name + ": energy, uJ", own["joules"] * 1e6, energy["value"], tolerance)
        check(lines, name + ": u95 of the meter, uJ", own["u95"] * 1e6, energy["u95Meter"], INTERVAL_TOLERANCE)
        if own["sleep"] is not None and energy["idle"]["value"] is not None:
            rest = max(0, campaign["periodSeconds"] - own["seconds"])
            check(lines, name + ": sleep, uJ", own["sleep"]["watts"] * rest * 1e6, energy["idle"]["value"],
                  max(ENERGY_TOLERANCE, 0.25 * own["sleep_u95"] / own["sleep"]["watts"]))
            check(lines, name + ": u95 of the sleep by the meter, uJ", own["sleep_u95"] * rest * 1e6,
                  energy["idle"]["u95Meter"], INTERVAL_TOLERANCE)
        own["factors"] = np.ones(1)
        if key["chip"] in chips and campaign["model"]["ambientCelsius"] == 25:
            own["factors"] = model_factors(chips[key["chip"]], key["level"]["name"], own["parts"])
            check(lines, name + ": u95 of the model, uJ", half_width(1, own["factors"]) * own["joules"] * 1e6,
                  energy["u95Model"], INTERVAL_TOLERANCE)
        done[(key["board"], key["chip"], key["level"]["name"], key["bundle"], key["strategy"])] = (own, theirs)
    for (board, chip, level, bundle, strategy), (own, theirs) in done.items():
        base = done.get((board, chip, level, bundle, "big-only"))
        saving = theirs["savingVsBigOnly"]
        if base is None or strategy == "big-only" or saving is None:
            continue
        ratio = own["joules"] / base[0]["joules"]
        name = "%s %s %s: saving" % (chip, level, strategy)
        check(lines, name, 1 - ratio, saving["energy"], ENERGY_TOLERANCE, 1)
        if saving.get("u95Model"):
            draws = 1 - ratio * own["factors"] / base[0]["factors"]
            check(lines, name + ", u95 of the model", half_width(1 - ratio, draws), saving["u95Model"],
                  INTERVAL_TOLERANCE)
    return lines


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        lines = audit(arguments[0])
    except (OSError, ValueError, KeyError) as error:
        print("cannot be audited: %s: %s" % (type(error).__name__, error))
        return 2
    for what, own, theirs, off, fits in lines:
        print("%-6s %-62s own %-14.7g run %-14.7g off by %.3g" % ("ok" if fits else "DIFFER", what, own, theirs, off))
    bad = sum(not fits for *_, fits in lines)
    print("%d figures compared, %d differ" % (len(lines), bad))
    return 1 if bad or not lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
