/**
 * The public library of littlefirst: open a bench, run a campaign with events, read and evaluate a journal. What stands here
 * keeps its meaning within a major version; the command line is built on this file and on nothing else.
 */

export {
  type BenchOverrides,
  loadBench,
  loadTargets,
  type ResolvedBench,
} from '../campaign/bench/load.js';
export {
  benchFile,
  benchNames,
  bundleFolder,
  bundleNames,
  shippedBenches,
  shippedBundles,
} from '../campaign/bench/names.js';
export { type PreparedBench, type PreparedCampaign, prepareBench } from '../campaign/bench/prepare.js';
export type { EnergySoFar } from '../campaign/block-meter.js';
export { examine } from '../campaign/doctor/doctor.js';
export { type FilledIn, fillIn } from '../campaign/doctor/fill-in.js';
export type { DoctorFinding } from '../campaign/doctor/finding.js';
export {
  type EmulateBenchOptions,
  type EmulatedBench,
  emulateBench,
} from '../campaign/emulate/bench.js';
export type { Duration } from '../campaign/forecast/duration.js';
export type { Forecast } from '../campaign/forecast/forecast.js';
export { type CiName, ciNames } from '../campaign/init/ci.js';
export { type Exported, type ExportOptions, exportMlperf } from '../campaign/mlperf/export.js';
export type { MlperfForecast } from '../campaign/mlperf/forecast.js';
export { type CoreName, coreNames } from '../campaign/new-board/cores.js';
export { usualMemory } from '../campaign/new-board/new-board.js';
export type { Answered, Fault } from '../campaign/station.js';
export { didYouMean } from '../config/nearest.js';
export { type DataDescription, describeData } from '../data/describe.js';
export { fetchDataSets } from '../data/fetch/fetch.js';
export { isDataSetName, listDataSets, loadWindows } from '../data/load.js';
export { layoutNames } from '../data/own/layouts/index.js';
export { pamap2Places } from '../data/own/layouts/pamap2.js';
export type { Manifest as ImportManifest } from '../data/own/manifest.js';
export { scaleWindows } from '../data/scaling.js';
export type { DataSetName, Order, Split, WindowSet } from '../data/types.js';
export { constantLoad, type LoadPiece, parseWaveform } from '../emulator/instruments/load.js';
export { type Ppk2Calibration, ppk2Calibrations } from '../emulator/instruments/ppk2/metadata.js';
export type { Served } from '../emulator/instruments/serve.js';
export {
  type Actor,
  asLittlefirstError,
  type ErrorCode,
  type ErrorDetail,
  errorActors,
  exitCodeOf,
  exitCodes,
  LittlefirstError,
} from '../errors.js';
export { openPage } from '../host/open-page.js';
export { loadChip } from '../measure/chip/profile.js';
export type { ChipLevel, ChipProfile } from '../measure/chip/schema.js';
export { assertKnownLoad, type KnownLoadResult } from '../measure/meter/known-load.js';
export type { Meter, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../measure/meter/meter.js';
export { type MeterDriverName, meterDriverNames } from '../measure/meter/open.js';
export { type ScpiModel, scpiDialects } from '../measure/meter/scpi/dialects.js';
export { describeBundle, describeNetwork } from '../model/bundle/inspect.js';
export { GoldenCascade } from '../model/cascade/golden.js';
export { type Counts, GoldenNetwork } from '../model/golden/network.js';
export { type Bundle, type BundleNetwork, loadBundle } from '../model/load.js';
export type { Network } from '../model/tflite/network.js';
export { readTflite } from '../model/tflite/read.js';
export { type BundleInput, writeBundle } from '../model/write.js';
export { packagePath } from '../package-root.js';
export { canonicalJournal } from '../record/journal/canonical.js';
export { readJournal } from '../record/journal/journal.js';
export type { BlockKey, CampaignRecord, EnergyKind, JournalRecord } from '../record/journal/records.js';
export { sampleRateText } from '../record/meter-text.js';
export {
  type Block,
  type RunRecord,
  runRecordSchema,
  type TargetVerdict,
  type Verdict,
} from '../record/run-record.js';
export { type CheckedSeal, checkSeal } from '../record/seal.js';
export { type Metric, metricUnits, type Target, targetSchema } from '../record/targets.js';
export { type Answer, answerOf } from '../report/answer/answer.js';
export { accuracyText, blockLine, energySoFarText } from '../report/block-line.js';
export { abMarkdown, abText } from '../report/compare/ab.js';
export { comparisonHtml } from '../report/compare/html.js';
export { comparisonMarkdown, comparisonText } from '../report/compare/text.js';
export { historyHtml } from '../report/history/html.js';
export {
  type History,
  type HistoryPoint,
  type HistorySeries,
  readHistory,
} from '../report/history/series.js';
export { historyText } from '../report/history/text.js';
export { budgetText, summaryMarkdown, summaryText } from '../report/summary.js';
export { writeReports } from '../report/write.js';
export { compareRuns } from '../verdict/compare/compare.js';
export type { ComparedPair, Comparison, Effect } from '../verdict/compare/comparison.js';
export { evaluateRun, type OpenRunOptions, openRun } from '../verdict/open-run.js';
export type { AbAnswer, AbBlock } from '../verdict/regression/ab.js';
export type { Confirmation } from '../verdict/regression/confirm.js';
export type { Run } from '../verdict/run.js';
export type { SuiteResult } from '../verdict/suite/suite.js';
export type { DeviceSources } from '../wire/devices/identity.js';
export { type AbRequest, type AbResult, abRuns } from './ab.js';
export { type BoardEntry, listBoards, type NewBoard, newBoard } from './board/boards.js';
export {
  type BoardCheckOptions,
  checkBoard,
  type Finding,
  findingsJunit,
  findingText,
} from './board/check.js';
export { type FlashOptions, flashBoard } from './board/flash.js';
export { boardsTable } from './board/table.js';
export { compareFolders } from './compare.js';
export {
  askFarm,
  enqueueNightly,
  type FarmAccess,
  type FarmServeRequest,
  type FarmUpRequest,
  farmServe,
  farmUp,
  farmWorker,
  type RunningFarm,
} from './farm/farm.js';
export { type LeaseRequest, runUnderLease } from './farm/lease.js';
export { exportLedger, type Imported, importLedger, seriesCsv } from './farm/ledger.js';
export { type WaitedJobs, type WaitRequest, waitForJobs } from './farm/wait.js';
export {
  type ConnectedBench,
  connectedBenches,
  type Initialised,
  type InitOptions,
  initBench,
} from './init.js';
export { type WrittenLabel, writeLabel } from './label.js';
export {
  checkMeter,
  type MeterCheckOptions,
  type ServeInstrumentOptions,
  serveInstrument,
} from './meters.js';
export { assumptionsOf } from './model/bare-model.js';
export type { Estimate, LevelEstimate } from './model/estimate.js';
export { type Fit, fitsOf, fitsOfNetwork } from './model/fits.js';
export {
  type GoldenRunOptions,
  type GoldenSummary,
  type ModelInput,
  openModel,
  packModel,
  runBundle,
  runNetwork,
  runNetworkOnData,
} from './model/models.js';
export { shippedNames } from './names.js';
export { type ImportRequest, importData } from './own-data.js';
export { writePage } from './page.js';
export {
  defaultBench,
  holdOnHost,
  type OpenBench,
  type OpenBenchOptions,
  openBench,
  planBench,
  type ResumeOptions,
  type RunEvents,
  type RunOptions,
  resumeCampaign,
  runBench,
  runCampaign,
} from './run/campaign.js';
export {
  checkRun,
  type EvaluateOptions,
  exitCodeOfOutcome,
  type FinishedRun,
  finishRun,
  sealRun,
} from './run/evaluate.js';
export { replay } from './run/replay.js';
export { withTracing } from './run/tracing.js';
export { jsonSchema, type SchemaName, schemaNames } from './schemas.js';
export { type TrainRequest, train } from './train.js';
