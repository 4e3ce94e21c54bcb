import type { ErrorCode } from '../../errors.js';

/** What a code means, and what to try, beyond what the message itself says. `npm run docs:errors` makes docs/troubleshooting.md of it. */
export interface ErrorGuide {
  means: string;
  try: string;
}

export const errorGuide: Readonly<Record<ErrorCode, ErrorGuide>> = {
  LF_USAGE: {
    means: 'The command line asks for something that does not go together, or for too little.',
    try: '`littlefirst <command> --help` lists options and examples of values.',
  },
  LF_CONFIG_INVALID: {
    means:
      'A bench, board, chip or targets file is not as its schema says, or names things that do not go together.',
    try: 'The message names line, column and what is expected there. An editor with a YAML language server checks while you type: `littlefirst init` writes the line that it needs.',
  },
  LF_UNKNOWN_BOARD: {
    means: 'No board of that name is shipped.',
    try: '`littlefirst boards` lists them; a board of your own needs a port of the firmware, see [own-board.md](own-board.md).',
  },
  LF_UNKNOWN_CHIP: {
    means: 'No chip profile of that name is shipped, or the file cannot be read.',
    try: 'Name a shipped profile, or the path of a `.yaml` file made after those in `fixtures/chips/`.',
  },
  LF_UNKNOWN_LEVEL: {
    means: 'The chip has no level of that name, or the board cannot set it.',
    try: '`littlefirst boards` lists the levels of each default chip.',
  },
  LF_UNKNOWN_STRATEGY: {
    means: 'No bundle of the bench has a strategy of that name.',
    try: '`littlefirst model inspect <bundle>` lists its strategies.',
  },
  LF_UNKNOWN_TARGET: {
    means: 'A target can never be judged in this run, or a name after `--allow` is no target of it.',
    try: 'See [targets.md](targets.md) for what each metric needs.',
  },
  LF_DATA_MISSING: {
    means: 'A data set is not on this machine, or a file of it cannot be read.',
    try: '`littlefirst data list` says what is there; `littlefirst data fetch --out data`, then `export LITTLEFIRST_DATA=$PWD/data`.',
  },
  LF_DATA_CORRUPT: {
    means:
      'A data file is there but not what it should be: another hash, another length, values that are no numbers.',
    try: 'Fetch or import it again; for recordings of your own the message names file and line.',
  },
  LF_DATA_DOWNLOAD: {
    means: 'The originals could not be downloaded, or what came is not the published archive.',
    try: 'Check the network or a proxy; `--base-url` names a mirror, `--unverified` accepts an archive that was packed anew.',
  },
  LF_MODEL_MISSING: {
    means: 'A .tflite file that a bundle names was not found.',
    try: '`--models DIR` says where files are that a bundle does not hold itself.',
  },
  LF_MODEL_CORRUPT: {
    means: 'A file is no readable .tflite, contradicts itself, or has another SHA-256 than the bundle says.',
    try: 'Export it again; if the change was meant, correct the hash in bundle.yaml.',
  },
  LF_MODEL_UNSUPPORTED: {
    means: 'The network uses an operator, a type or a size that the kernels do not have.',
    try: 'Quantise fully to int8; [bring-your-own-model.md](bring-your-own-model.md) lists the operators.',
  },
  LF_BUNDLE_INVALID: {
    means: 'bundle.yaml is not as its schema says, does not fit its networks or the data, or is not there.',
    try: '`littlefirst model template hold|minmax|filtered` prints one to begin with; `littlefirst model inspect` says what it reads.',
  },
  LF_BUNDLE_TOO_LARGE: {
    means: 'Image and bundle do not fit the flash or the RAM of board or chip.',
    try: '`littlefirst model inspect <bundle>` says where it runs and how many bytes it needs.',
  },
  LF_LEVEL_REFUSED: {
    means:
      'A level is beyond the frequency limit of its voltage by the delay law of the chip profile: the core would compute wrongly.',
    try: 'Raise the voltage or lower the frequency of the level.',
  },
  LF_NO_SCHEDULE: {
    means:
      'A strategy with `levels: auto` has no schedule of levels that is valid and within the limit of latency: no single level of the DUT is.',
    try: 'Raise the target `latency-max`, give the DUT faster levels, or look into the blocks of the folder `search` of the run.',
  },
  LF_RUN_MISSING: {
    means: 'There is no run in that folder.',
    try: 'Name a folder below `reports/`, such as `reports/latest`.',
  },
  LF_RUN_CORRUPT: {
    means:
      'The journal or a recording of a run is not what was written: damaged, edited, or mixed with another.',
    try: 'Restore it from a copy, or run the campaign again; nothing is evaluated from a file that does not fit its hashes.',
  },
  LF_TRAINING_FAILED: {
    means: 'There are too few people or windows to train on and to choose by.',
    try: 'Record more people: selection keeps them apart from those that report.',
  },
  LF_LINK_OPEN: {
    means: 'The line to the board, or to a server, cannot be opened.',
    try: '`littlefirst doctor` says what is connected and whether this user may open it.',
  },
  LF_LINK_LOST: {
    means: 'The line broke while it was used: a cable, a hub, a server.',
    try: 'Check cable and hub; a serial port that comes back is found again by its serial number, then the block is repeated.',
  },
  LF_LINK_BUSY: {
    means: 'Another process has the port or the device.',
    try: 'The message names it where the system can tell; close that program, or wait for its run.',
  },
  LF_TOOL_MISSING: {
    means: 'A program or an optional package is not installed.',
    try: 'The message says which and how to install it; `littlefirst doctor` lists all.',
  },
  LF_EMULATOR_FAILED: {
    means: 'The emulated board did not start or ended by itself.',
    try: 'Run again; if it stays, `run.log` and `qemu-system-arm --version` belong into an issue.',
  },
  LF_FLASH_FAILED: {
    means: 'The flash tool could not write image or bundle.',
    try: 'Check probe, wiring and power; [real-boards.md](real-boards.md) lists the tools.',
  },
  LF_FLASH_VERIFY: {
    means: 'What was read back is not what was written.',
    try: 'Write again; if it stays, the flash is worn, protected, or the probe too fast (`adapter speed`).',
  },
  LF_DEVICE_AMBIGUOUS: {
    means: 'More than one connected device fits what the bench file says.',
    try: 'Add `serialNumber`, or `interface` for a device with several ports; the first of several is never taken.',
  },
  LF_DEVICE_MISSING: {
    means: 'No connected device fits what the bench file says.',
    try: 'Plug it in; `littlefirst doctor --write bench.yaml` puts serial numbers of connected devices in.',
  },
  LF_POWER_FAILED: {
    means: "The switch of the DUT's supply did not do what it was told.",
    try: 'Try its commands by hand; see `power:` in [real-boards.md](real-boards.md).',
  },
  LF_PLACE_BUSY: {
    means:
      'The labgrid place that the bench leases belongs to somebody else at the moment; the message says to whom, and since when.',
    try: "Wait in labgrid's own queue with `lease: labgrid://host/place?wait=600`, or ask the holder. What a killed run of this host has left is freed by itself.",
  },
  LF_PLACE_LOST: {
    means:
      'The labgrid place was taken away while the run had it: somebody released it, or the coordinator has forgotten it or cannot be reached any more.',
    try: 'Ask who did (`labgrid-client who`), then go on with `littlefirst run --resume`.',
  },
  LF_PLACE_UNREACHABLE: {
    means: 'No coordinator of labgrid 24.0 or later answers where `lease:` says.',
    try: 'Try `labgrid-client -x HOST:PORT places` from the same machine. Older coordinators speak WAMP.',
  },
  LF_FARM: {
    means: 'A farm of boards could not do what it was asked.',
    try: "Read the server's log; the message names the job and the bench.",
  },
  LF_DUT_TIMEOUT: {
    means: 'The board did not answer in time.',
    try: 'The message shows its last bytes and what they mean: silence, an echo, a wrong rate, a board that starts again and again.',
  },
  LF_DUT_REPLY: {
    means: 'The board answered something that is no reply of the protocol, or not in order.',
    try: 'Check that the image is this version (`littlefirst flash`), and the line for noise.',
  },
  LF_DUT_ERROR: {
    means: 'The board refused a command.',
    try: 'The message holds its own words; image and bundle must be of one version.',
  },
  LF_DUT_IDENTITY: {
    means: 'The board runs another image or another bundle than the bench measures.',
    try: '`littlefirst flash bench.yaml`, or give the bench a flasher.',
  },
  LF_DUT_LEVEL: {
    means: 'A level was set, but the registers that were read back say another.',
    try: "Compare the profile's register words with the port's README; a board of your own may need others.",
  },
  LF_DUT_MISMATCH: {
    means: 'The board answered otherwise than the golden interpreter.',
    try: 'Flash again; if it stays, `windows.csv` names the windows, and the core or a kernel computes wrongly.',
  },
  LF_METER_OPEN: {
    means: 'The meter cannot be opened, or is another one than the bench names or the run began with.',
    try: '`littlefirst doctor`, then `littlefirst meter check --bench bench.yaml`.',
  },
  LF_METER_REPLY: {
    means: 'The meter answered something that its protocol does not know.',
    try: 'Update its firmware, close other programs that use it, try another USB port.',
  },
  LF_METER_LOSS: {
    means: 'Samples were lost, more than the method allows.',
    try: 'Use a port of its own instead of a hub, close what keeps the host busy, or lower `sampleRateHz`.',
  },
  LF_METER_RANGE: {
    means: 'The current went beyond what the meter can measure.',
    try: 'Choose another range or instrument: see [choose-a-meter.md](choose-a-meter.md).',
  },
  LF_METER_CHECK: {
    means: 'A known load read wrongly, or a block broke a rule of the method: its energy does not count.',
    try: 'The rule and its remedy stand in the message; [meter-faults.md](meter-faults.md) says which faults of a bench which rule finds.',
  },
  LF_SEGMENTATION: {
    means: "The meter's samples do not show the windows that the board says it computed.",
    try: 'Check the two marker wires and `pins:`; a low sample rate does not see short gates.',
  },
  LF_JOURNAL: {
    means: 'The journal or a report cannot be written.',
    try: 'Free space, check permissions of the run folder, then `littlefirst run --resume <run>`.',
  },
  LF_INTERRUPTED: {
    means: 'Ctrl-C, a closed terminal or a supervisor ended the command.',
    try: '`littlefirst run --resume <run>` goes on with what was measured.',
  },
  LF_INTERNAL: {
    means: 'The program met something that it holds to be impossible.',
    try: 'Run again with `--verbose` and open an issue with the stack and `littlefirst doctor --json`.',
  },
  LF_FARM_ACCESS: {
    means: 'The farm does not know the token, or its role (viewer, operator, worker) may not do this.',
    try: 'Name the token by `--token-file` or LITTLEFIRST_FARM_TOKEN; `littlefirst farm token NAME --role ROLE` makes one, on the machine of the server.',
  },
  LF_FARM_DATABASE: {
    means: "The farm's PostgreSQL does not start, does not answer, or holds tables of another version.",
    try: 'The last lines of its log stand in the message. With `DATABASE_URL` see that the database can be reached from the server.',
  },
  LF_FARM_LEASE: {
    means: 'The lease of the device has ended, or somebody else holds it.',
    try: 'The run does not count; the job is tried again by its cause. A worker whose leases end again and again is starved or cut off: look at its load and at the line to the server.',
  },
  LF_FARM_REFUSED: {
    means:
      'The farm refuses what was asked: another state of the job, bench or device, or a request that was made before.',
    try: 'The message names the state. `littlefirst farm` lists the commands that change it: release, undrain, cancel.',
  },
  LF_FARM_UNREACHABLE: {
    means: "The farm's server does not answer.",
    try: 'See address, TLS and firewall. A worker keeps its runs in its spool and delivers them when the server is back.',
  },
};
