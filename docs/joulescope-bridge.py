#!/usr/bin/env python3
"""Joulescope on standard input and output, for littlefirst's driver `joulescope`.

The vendor's Node binding (github.com/jetperch/joulescope_driver, node_api) is not on npm, its Python package is on PyPI:

    pip install pyjoulescope_driver numpy

littlefirst starts this file itself. It reads one JSON object a line and writes one JSON object a line; an object with "bytes": N
is followed by N bytes. Field "event" says what it is:

    {"cmd": "open", "device": null}      -> {"event": "opened", "device": "u/js220/000415", "model": "js220"}
    {"cmd": "supply", "on": true}        -> {"event": "supply", "on": true}
    {"cmd": "start", "rate": 100000}     -> {"event": "started", "rate": 100000}, then data until stopped
    {"cmd": "stop"}                      -> {"event": "stopped"}
    {"cmd": "close"}                     -> the program ends
    data: {"event": "data", "signal": "i", "index": 12345, "count": 1000, "bytes": 4000}

Signals: i and v float32 (little endian), 0 and 1 (GPI 0 and 1, the marker lines) one bit a sample, r (current range) four bits a
sample, lowest bits first. "index" counts samples at the stated rate. Topics after joulescope_driver's record.py and measure.py.
"""
import json
import sys
import threading

out_lock = threading.Lock()


def send(event, payload=b""):
    if payload:
        event["bytes"] = len(payload)
    with out_lock:
        sys.stdout.buffer.write(json.dumps(event).encode("ascii") + b"\n" + payload)
        sys.stdout.buffer.flush()


try:
    import numpy as np
    from pyjoulescope_driver import Driver
except ImportError as error:
    send({"event": "error", "code": "missing", "message": str(error)})
    sys.exit(3)

SIGNALS = {"i": "s/i", "v": "s/v", "0": "s/gpi/0", "1": "s/gpi/1", "r": "s/i/range"}
BITS = {"i": 32, "v": 32, "0": 1, "1": 1, "r": 4}


class Bridge:
    def __init__(self, driver):
        self.driver = driver
        self.device = None
        self.subscriptions = []

    def publish(self, topic, value):
        self.driver.publish(f"{self.device}/{topic}", value)

    def is_js110(self):
        return "/js110/" in self.device

    def open(self, wanted):
        found = [path for path in self.driver.device_paths() if "/js" in path and (wanted is None or path.endswith(wanted))]
        if len(found) != 1:
            send({"event": "error", "code": "ambiguous" if found else "absent", "message": ", ".join(found) or "no Joulescope"})
            return
        self.device = found[0]
        self.driver.open(self.device)
        self.supply(True, silent=True)
        send({"event": "opened", "device": self.device, "model": self.device.split("/")[1]})

    def supply(self, on, silent=False):
        mode = "auto" if on else "off"
        self.publish("s/i/range/select" if self.is_js110() else "s/i/range/mode", mode)
        if not silent:
            send({"event": "supply", "on": on})

    def on_data(self, signal):
        def receive(_topic, value):
            data = np.ascontiguousarray(value["data"])
            payload = data.astype("<f4").tobytes() if BITS[signal] == 32 else data.astype(np.uint8).tobytes()
            send(
                {
                    "event": "data",
                    "signal": signal,
                    "index": int(value["sample_id"]) // int(value["decimate_factor"]),
                    "count": len(payload) * 8 // BITS[signal],
                },
                payload,
            )

        return receive

    def start(self, rate):
        self.publish("h/fs", rate)
        for signal, topic in SIGNALS.items():
            function = self.on_data(signal)
            data_topic = f"{self.device}/{topic}/!data"
            self.driver.subscribe(data_topic, "pub", function)
            self.subscriptions.append((data_topic, function))
        send({"event": "started", "rate": rate})
        for topic in SIGNALS.values():
            self.publish(f"{topic}/ctrl", 1)

    def stop(self):
        for topic in SIGNALS.values():
            self.publish(f"{topic}/ctrl", 0)
        for topic, function in self.subscriptions:
            self.driver.unsubscribe(topic, function)
        self.subscriptions.clear()
        send({"event": "stopped"})


def main():
    with Driver() as driver:
        bridge = Bridge(driver)
        send({"event": "ready"})
        for line in sys.stdin:
            try:
                request = json.loads(line)
                command = request["cmd"]
                if command == "close":
                    break
                if command == "open":
                    bridge.open(request.get("device"))
                elif command == "supply":
                    bridge.supply(bool(request["on"]))
                elif command == "start":
                    bridge.start(int(request["rate"]))
                elif command == "stop":
                    bridge.stop()
                else:
                    send({"event": "error", "code": "command", "message": command})
            except Exception as error:  # every failure of the vendor's library goes to the host
                send({"event": "error", "code": "driver", "message": f"{type(error).__name__}: {error}"})
        if bridge.device is not None:
            driver.close(bridge.device)


if __name__ == "__main__":
    main()
