import { expect } from 'chai';
import { markers } from '../../machine/machine.js';
import type { ScriptedSource } from '../../machine/waveform.js';
import type { Meter, SampleChunk } from '../../measure/meter/meter.js';
import { codeOf } from '../failure.js';

/** A meter on its (emulated) instrument, with a load under the suite's control. */
export interface ConformanceBench {
  meter: Meter;
  source: ScriptedSource;
  /** Takes the instrument away; absent where there is nothing to unplug. */
  unplug?: () => Promise<void>;
}

export interface ConformanceOptions {
  supplyMillivolts: number;
  sampleRateHz?: number;
  /** Whether the meter has the marker lines. */
  hasLogic?: boolean;
  /** Pieces are this many times longer than for a meter of 100 kS/s or more. */
  timeScale?: number;
  /** Opens a bench whose instrument loses samples within `seconds`; absent where the instrument's own recording is fetched whole. */
  lossy?: { open: () => Promise<ConformanceBench>; seconds: number };
  /** A current, amperes, that the instrument cannot measure or does not stand; absent for an ideal one. */
  overloadAmps?: number;
  /** Its switch is closed as soon as the device is opened. */
  isClosedAtFirst?: boolean;
}

/** Defines the tests that every meter driver passes (mocha). */
export function meterConformance(
  name: string,
  open: () => Promise<ConformanceBench>,
  options: ConformanceOptions,
): void {
  const {
    supplyMillivolts,
    sampleRateHz,
    hasLogic = true,
    timeScale = 1,
    lossy,
    overloadAmps,
    isClosedAtFirst,
  } = options;
  describe(`meter conformance: ${name}`, () => {
    let bench: ConformanceBench;
    beforeEach(async () => {
      bench = await open();
    });
    afterEach(async () => {
      await bench.meter.close();
    });
    /** Configures a meter and closes its switch, where it has one. */
    const configure = async ({ meter } = bench) => {
      const actual = await meter.configure({ supplyMillivolts, sampleRateHz });
      if (meter.canSwitchSupply !== false) await meter.supply(true);
      return actual;
    };
    const record = async (play: () => void, on = bench) => {
      const chunks: SampleChunk[] = [];
      await on.meter.start(chunk => chunks.push(chunk));
      play();
      const status = await on.meter.stop();
      return { chunks, status };
    };
    const charge = (chunks: SampleChunk[], marker?: number) => {
      let coulombs = 0;
      let seconds = 0;
      for (const chunk of chunks) {
        for (let i = 0; i < chunk.current.length; i += 1) {
          if (marker !== undefined && (chunk.logic[i] & 3) !== marker) continue;
          coulombs += chunk.current[i] * chunk.periodNs * 1e-9;
          seconds += chunk.periodNs * 1e-9;
        }
      }
      return { coulombs, seconds };
    };

    it('should say what it is', async () => {
      const identity = await bench.meter.identify();
      expect(identity.driver).to.be.a('string').and.not.equal('');
      expect(identity.model).to.be.a('string').and.not.equal('');
      expect(identity.emulated).to.equal(true);
      expect((identity.markerLines ?? 2) === 2, 'sees both marker lines').to.equal(hasLogic);
    });

    it('should tell the state of its calibration, and its temperature if it has one', async () => {
      const { calibration } = await bench.meter.identify();
      expect(calibration).to.be.a('string').and.not.equal('');
      await configure();
      const { status } = await record(() =>
        bench.source.play([{ amps: 1e-3, marker: markers.idle, seconds: 0.02 * timeScale }]),
      );
      if (status.temperatureCelsius !== undefined) expect(status.temperatureCelsius).to.be.within(-40, 125);
    });

    it('should answer with the rate and voltage that it really uses', async () => {
      const actual = await configure();
      expect(actual.sampleRateHz).to.be.above(0);
      expect(actual.supplyMillivolts).to.equal(supplyMillivolts);
    });

    it('should refuse a voltage that makes no sense', async () => {
      expect(await codeOf(bench.meter.configure({ supplyMillivolts: -5 }))).to.equal('LF_CONFIG_INVALID');
    });

    it('should measure a constant current within its accuracy and for as long as it flows', async () => {
      const { sampleRateHz: rate } = await configure();
      const seconds = 0.05 * timeScale;
      const amps = 0.0123;
      const { chunks, status } = await record(() =>
        bench.source.play([{ amps, marker: markers.idle, seconds }]),
      );
      const total = charge(chunks);
      const { gainRelative, offsetAmps, resolutionAmps } = bench.meter.accuracy();
      const u = gainRelative * amps + offsetAmps + resolutionAmps;
      expect(total.seconds).to.be.closeTo(seconds, 2 / rate);
      expect(total.coulombs / total.seconds).to.be.closeTo(amps, 3 * u + 1e-12);
      expect(status.samples).to.equal(chunks.reduce((sum, chunk) => sum + chunk.current.length, 0));
      expect(status.lostSamples).to.equal(0);
      expect(status.overcurrent).to.equal(false);
      expect(status.problems).to.deep.equal([]);
    });

    it('should keep samples in order and without gaps', async () => {
      await configure();
      const { chunks } = await record(() =>
        bench.source.play([
          { amps: 1e-3, marker: markers.idle, seconds: 0.02 * timeScale },
          { amps: 2e-2, marker: markers.idle, seconds: 0.03 * timeScale },
        ]),
      );
      let expected = chunks[0].startNs;
      for (const chunk of chunks) {
        expect(chunk.startNs).to.be.closeTo(expected, 1);
        expect(chunk.logic.length).to.equal(chunk.current.length);
        expected = chunk.startNs + chunk.current.length * chunk.periodNs;
      }
    });

    if (hasLogic) {
      it('should show the markers with the current that flows under them', async () => {
        const { sampleRateHz: rate } = await configure();
        const pieces = [
          { amps: 1e-4, marker: markers.idle, seconds: 0.01 * timeScale },
          { amps: 1e-2, marker: markers.gate, seconds: 0.01 * timeScale },
          { amps: 2e-2, marker: markers.big, seconds: 0.02 * timeScale },
          { amps: 5e-3, marker: markers.transfer, seconds: 0.01 * timeScale },
          { amps: 1e-4, marker: markers.idle, seconds: 0.01 * timeScale },
        ];
        const { chunks } = await record(() => bench.source.play(pieces));
        const { gainRelative, offsetAmps, resolutionAmps } = bench.meter.accuracy();
        for (const { amps, marker, seconds } of pieces.slice(1, 4)) {
          const part = charge(chunks, marker);
          expect(part.seconds).to.be.closeTo(seconds, 1.01 / rate);
          const u = (gainRelative * amps + offsetAmps + resolutionAmps) * seconds;
          expect(part.coulombs).to.be.closeTo(amps * seconds, 3 * u + 0.04 / rate);
        }
      });
    }

    it('should refuse to start twice and to stop what does not run', async () => {
      await configure();
      expect(await codeOf(bench.meter.stop())).to.equal('LF_METER_REPLY');
      await bench.meter.start(() => {});
      expect(await codeOf(bench.meter.start(() => {}))).to.equal('LF_METER_REPLY');
      await bench.meter.stop();
    });

    it('should measure again after a stop', async () => {
      await configure();
      for (const amps of [0.004, 0.008]) {
        const { chunks } = await record(() =>
          bench.source.play([{ amps, marker: markers.idle, seconds: 0.02 * timeScale }]),
        );
        const total = charge(chunks);
        expect(total.coulombs / total.seconds).to.be.closeTo(amps, 0.1 * amps);
      }
    });

    it('should switch the supply, or say that it cannot', async () => {
      await configure();
      const expected = bench.meter.canSwitchSupply === false ? 'LF_METER_REPLY' : 'none';
      expect(await codeOf(bench.meter.supply(true))).to.equal(expected);
      expect(await codeOf(bench.meter.supply(false))).to.equal(expected);
    });

    it('should pass no current before its switch is closed, and none after it is opened', async () => {
      await bench.meter.configure({ supplyMillivolts, sampleRateHz });
      const play = () => bench.source.play([{ amps: 0.01, marker: markers.idle, seconds: 0.02 * timeScale }]);
      const mean = async () => {
        const { coulombs, seconds } = charge((await record(play)).chunks);
        return coulombs / seconds;
      };
      const hasSwitch = bench.meter.canSwitchSupply !== false;
      const open = hasSwitch ? 0 : 0.01;
      if (isClosedAtFirst !== true) expect(await mean()).to.be.closeTo(open, 5e-5);
      if (hasSwitch) await bench.meter.supply(true);
      expect(await mean()).to.be.closeTo(0.01, 4e-4);
      if (hasSwitch) await bench.meter.supply(false);
      expect(await mean()).to.be.closeTo(open, 5e-5);
    });

    if (lossy !== undefined) {
      it('should report samples that are lost, and lose no time over them', async () => {
        const other = await lossy.open();
        try {
          await configure(other);
          const play = () =>
            other.source.play([{ amps: 5e-3, marker: markers.idle, seconds: lossy.seconds }]);
          const { chunks, status } = await record(play, other);
          expect(status.lostSamples).to.be.above(0);
          const last = chunks[chunks.length - 1];
          const end = (last.startNs + last.current.length * last.periodNs) * 1e-9;
          expect(end).to.be.closeTo(lossy.seconds, 0.02 * lossy.seconds);
        } finally {
          await other.meter.close();
        }
      });
    }

    if (overloadAmps !== undefined) {
      it('should report a current that is too large for it', async () => {
        await configure();
        const { status } = await record(() =>
          bench.source.play([
            { amps: 1e-3, marker: markers.idle, seconds: 0.02 * timeScale },
            { amps: overloadAmps, marker: markers.idle, seconds: 0.02 * timeScale },
            { amps: 1e-3, marker: markers.idle, seconds: 0.02 * timeScale },
          ]),
        );
        expect(status.overcurrent || status.saturatedSamples > 0).to.equal(true);
      });
    }

    it('should measure again when it was unplugged and plugged in', async () => {
      await configure();
      await bench.meter.start(() => {});
      await bench.unplug?.();
      await bench.meter.stop();
      await bench.meter.close();
      bench = await open();
      await configure();
      const { chunks, status } = await record(() =>
        bench.source.play([{ amps: 4e-3, marker: markers.idle, seconds: 0.02 * timeScale }]),
      );
      const total = charge(chunks);
      expect(status.problems).to.deep.equal([]);
      expect(total.coulombs / total.seconds).to.be.closeTo(4e-3, 4e-4);
    });

    it('should report an unplug and not hang', async () => {
      if (bench.unplug === undefined) {
        expect((await bench.meter.identify()).driver).to.equal('direct');
        return;
      }
      await configure();
      await bench.meter.start(() => {});
      bench.source.play([{ amps: 1e-3, marker: markers.idle, seconds: 0.01 * timeScale }]);
      await bench.unplug();
      const status = await bench.meter.stop();
      expect(status.problems).to.have.length.above(0);
      expect(await codeOf(bench.meter.configure({ supplyMillivolts }))).to.equal('LF_METER_OPEN');
    });
  });
}
