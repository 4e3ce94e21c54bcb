import type { RunRecord } from '../record/run-record.js';

/** Whether somebody may take the energies for those of real silicon. */
const isReal = ({ provenance, replayOf }: RunRecord): boolean => {
  const energy = replayOf?.energy ?? provenance.energy;
  return energy === 'measured' || energy === 'indicative';
};

function energyNotice({ provenance, replayOf }: RunRecord): string[] {
  switch (provenance.energy) {
    case 'measured':
      return [];
    case 'none':
      return ['NO ENERGY was measured: the bench has no meter.'];
    case 'indicative':
      return [
        'All energy is INDICATIVE: a real meter read it, but rules of the method were waived, so that it is not called measured.',
      ];
    case 'replayed':
      return [
        `All energy is REPLAYED from ${replayOf?.energy ?? 'recorded'} samples of the run ${replayOf?.id ?? 'that was recorded'}.`,
      ];
    case 'modelled':
      return ['All energy is MODELLED, none of it is measured.'];
  }
}

/** What was waived, left out or not checked. Strings are as the journal has them. */
export function conditionsOf(record: RunRecord): string[] {
  const { knownLoads = [], waived = [], leftOut = [], integrity, conditions } = record;
  return [
    ...waived.map(rule => `WAIVED: ${rule}`),
    ...(isReal(record) && knownLoads.length === 0
      ? ['NO KNOWN LOAD was measured beside the blocks: a wrong gain of the meter would not have been seen.']
      : []),
    ...(isReal(record) && conditions?.calibration === undefined
      ? [
          "NO CALIBRATION of the meter is stated (meter.calibration): its gain rests on the maker's specification alone.",
        ]
      : []),
    ...(isReal(record) && new Set(knownLoads.map(({ ohms }) => ohms)).size === 1
      ? [
          'ONE KNOWN LOAD only: the gain of the meter was checked at one current, not in the ranges that the other currents need.',
        ]
      : []),
    ...(integrity === 'unchained'
      ? [
          'UNPROTECTED JOURNAL: it is of an earlier version, without plan and running hash; that it was not edited cannot be seen.',
        ]
      : []),
    ...(leftOut.length > 0
      ? [`NOT ASSERTED, since the command line chose other strategies or bundles: ${leftOut.join('; ')}.`]
      : []),
  ];
}

/** What must be seen before any figure: where the energy comes from, and the conditions. */
export const noticesOf = (record: RunRecord): string[] => [...energyNotice(record), ...conditionsOf(record)];
