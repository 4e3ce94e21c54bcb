#include "model.h"

static enum core model_core = CORE_M3;
static uint32_t model_flash_end;
static uint32_t model_line_mask;

void model_configure(enum core core, uint32_t flash_end, uint32_t flash_line_bytes) {
  model_core = core;
  model_flash_end = flash_end;
  model_line_mask = flash_line_bytes - 1;
}

static struct cost range(int64_t best, int64_t low, int64_t high) {
  return (struct cost){.best = best, .low = low, .high = high};
}

static struct cost fixed(int64_t cycles) {
  return range(cycles, cycles, cycles);
}

/** A range that the operands decide. */
static struct cost by_operands(int64_t best, int64_t low, int64_t high) {
  struct cost cost = range(best, low, high);
  cost.early = high - low;
  return cost;
}

/** True if the load before makes the address phase of this access free: it does not wait for the loaded value. */
static bool overlaps_load(const struct instruction *before, const struct instruction *insn) {
  return model_core != CORE_M0PLUS && before && before->kind == KIND_LOAD && !(before->loaded & insn->address);
}

/** `high`: a data bus that is busy, or not granted at once, costs each load a cycle that the manuals do not count. */
static struct cost load_cost(const struct instruction *before, const struct instruction *insn) {
  if (model_core == CORE_M0PLUS) return fixed(2);
  if (!overlaps_load(before, insn)) return range(2, 2, 3);
  return range(1, 1, before->conditional ? 3 : 2);
}

/** `low`: the address phase of the first word overlaps the instruction before. */
static struct cost multiple_cost(const struct instruction *insn) {
  int64_t cycles = 1 + insn->words;
  return range(cycles, model_core == CORE_M0PLUS ? cycles : insn->words, cycles);
}

static struct cost store_cost(const struct instruction *before) {
  if (model_core == CORE_M0PLUS) return fixed(2);
  bool after_load = before && before->kind == KIND_LOAD && !before->conditional;
  return range(1, 1, after_load ? 1 : 2);
}

static struct cost store_indexed_cost(const struct instruction *before, const struct instruction *insn) {
  if (model_core == CORE_M0PLUS) return fixed(2);
  if (overlaps_load(before, insn)) return range(1, 1, before->conditional ? 2 : 1);
  return range(2, 1, 2);
}

static struct cost it_cost(const struct instruction *before) {
  bool folds = model_core != CORE_M0PLUS && before && before->size == 2 && before->kind != KIND_IT;
  return folds ? range(0, 0, 1) : fixed(1);
}

static struct cost base_cost(const struct instruction *before, const struct instruction *insn) {
  bool m3 = model_core == CORE_M3;
  switch ((enum kind)insn->kind) {
  case KIND_LOAD:
    return load_cost(before, insn);
  case KIND_STORE:
    return store_cost(before);
  case KIND_STORE_INDEXED:
    return store_indexed_cost(before, insn);
  case KIND_MULTIPLE:
    return multiple_cost(insn);
  case KIND_POP_PC:
    return fixed(1 + insn->words);
  case KIND_MLA:
    return fixed(m3 ? 2 : 1);
  case KIND_MULL:
    return m3 ? by_operands(4, 3, 5) : fixed(1);
  case KIND_MLAL:
    return m3 ? by_operands(6, 4, 7) : fixed(1);
  case KIND_DIV:
    return by_operands(6, 2, 12);
  case KIND_FPU:
    return fixed(insn->words);
  case KIND_IT:
    return it_cost(before);
  case KIND_BARRIER:
    return fixed(model_core == CORE_M0PLUS ? 3 : 4);
  case KIND_LOAD_PC:
    return fixed(2);
  case KIND_TABLE_BRANCH:
    return fixed(3);
  case KIND_ALU:
  case KIND_MUL:
  case KIND_DSP:
  case KIND_BRANCH:
  case KIND_BRANCH_CONDITIONAL:
  case KIND_CALL:
  case KIND_BRANCH_INDIRECT:
    break;
  }
  return fixed(1);
}

/** Flash lines that begin inside the instruction: each is a fetch that a prefetch buffer may or may not hide. */
static int64_t lines_begun(const struct instruction *insn) {
  if (insn->pc >= model_flash_end) return 0;
  return (insn->pc & model_line_mask) == 0 || ((insn->pc + insn->size - 1) & model_line_mask) < insn->size - 1u;
}

static int64_t flash_reads_high(const struct instruction *insn) {
  switch ((enum kind)insn->kind) {
  case KIND_LOAD:
  case KIND_LOAD_PC:
  case KIND_TABLE_BRANCH:
    return 1;
  case KIND_MULTIPLE:
    return insn->stores ? 0 : insn->words;
  default:
    return 0;
  }
}

struct cost model_executed(const struct instruction *before, const struct instruction *insn) {
  struct cost cost = base_cost(before, insn);
  if (insn->conditional && !accesses_memory(insn) && cost.low > 1) cost.low = 1;
  bool no_forwarding = before && (before->produced & insn->address) && accesses_memory(insn);
  if (no_forwarding && model_core != CORE_M0PLUS) {
    cost.best++;
    cost.high++;
  }
  cost.fetches_high = lines_begun(insn) + flash_reads_high(insn);
  return cost;
}

struct cost model_skipped(const struct instruction *insn) {
  struct cost cost = fixed(1);
  cost.fetches_high = lines_begun(insn);
  return cost;
}

static struct cost taken_m0plus(const struct instruction *insn) {
  return fixed(insn->kind == KIND_CALL || insn->kind == KIND_POP_PC ? 2 : 1);
}

struct cost model_taken(const struct instruction *insn) {
  struct cost cost;
  bool loads_target = insn->kind == KIND_LOAD_PC || insn->kind == KIND_TABLE_BRANCH;
  if (model_core == CORE_M0PLUS) cost = taken_m0plus(insn);
  else cost = range(loads_target ? 3 : 1, 1, 3);
  cost.fetches = cost.fetches_high = insn->pc < model_flash_end ? 1 : 0;
  return cost;
}

struct cost model_exception_entry(void) {
  return model_core == CORE_M0PLUS ? fixed(15) : range(12, 12, 16);
}

struct cost model_exception_return(void) {
  return model_core == CORE_M0PLUS ? range(12, 10, 15) : range(12, 10, 12);
}

struct cost model_exception_tail_chain(void) {
  return model_core == CORE_M0PLUS ? range(12, 6, 15) : range(6, 6, 12);
}
