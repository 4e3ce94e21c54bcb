#include "counting.h"

#include <stdlib.h>

#include "board.h"

struct block;

/** One instruction of a block that needs a callback of its own. */
struct step {
  const struct instruction *insn;
  const struct block *block;
  struct cost through;       /* of the block up to and including this instruction, conditional accesses skipped */
  struct cost if_performed;  /* what a performed conditional access adds */
  bool first;                /* of its block: `if_performed` depends on where control came from */
  uint64_t performed_in;     /* run of the block in which the access was last seen: LDM shows several */
};

struct block {
  struct block_code code;
  const struct instruction *last;
  struct cost cost;          /* as if entered by a branch, conditional accesses skipped */
  /* the way in that was used last */
  const struct instruction *from;
  struct cost way_in;
  const struct instruction *before;
};

static struct counting_options options;
static struct snapshot now;
static const struct instruction *last;
static const struct instruction *before_block; /* what the running block's first instruction pairs with */
static uint64_t runs;
static uint32_t reset_pc;
static bool timed_wait; /* the last WFI was ended by the board's own timer, and told as such */

void folded_start(const struct counting_options *chosen) {
  options = *chosen;
}

struct snapshot folded_snapshot(void) {
  return now;
}

static struct cost cost_in_block(const struct instruction *before, const struct instruction *insn) {
  if (insn->conditional && accesses_memory(insn)) return model_skipped(insn);
  return model_executed(before, insn);
}

static void start_over(enum reset reset, const struct block *block) {
  struct cost settled;
  events_restart(last ? reset : RESET_FIRST_START, &now, &settled);
  add_cost(&now.total, &settled);
  flow_reset();
  last = NULL;
  before_block = NULL;
  reset_pc = block->code.instructions[0].pc;
}

/** Charges a way into the block that is not the remembered one, and remembers it if it is always the same. */
static void enter(struct block *block) {
  const struct instruction *first = &block->code.instructions[0];
  enum reset reset = events_take_reset();
  if (reset != RESET_NONE || !last) {
    start_over(reset, block);
    return;
  }
  if (last->waits && !timed_wait) events_emit("wake", 0, &now);
  struct flow flow = flow_between(last, first->pc);
  if (!flow.repeatable && first->pc == reset_pc) {
    start_over(RESET_BY_PROGRAM, block);
    return;
  }
  struct cost way_in = flow.cost;
  before_block = NULL;
  if (flow.sequential) {
    struct cost alone = cost_in_block(NULL, first);
    struct cost pairing = difference(cost_in_block(last, first), &alone);
    add_cost(&way_in, &pairing);
    before_block = last;
  }
  add_cost(&now.total, &way_in);
  if (flow.repeatable && !last->waits) {
    block->from = last;
    block->way_in = way_in;
    block->before = before_block;
  }
}

static void on_block(unsigned vcpu, void *user) {
  (void)vcpu;
  struct block *block = user;
  if (block->from == last && last) {
    add_cost(&now.total, &block->way_in);
    before_block = block->before;
  } else {
    enter(block);
  }
  add_cost(&now.total, &block->cost);
  now.instructions += block->code.count;
  last = block->last;
  runs++;
  if (now.total.best >= board_deadline) board_expire();
}

/** Counters right after the step's instruction, although its whole block has been added already. */
static struct snapshot at(const struct step *step) {
  struct snapshot then = now;
  then.total = difference(then.total, &step->block->cost);
  add_cost(&then.total, &step->through);
  then.instructions -= step->block->code.count - (unsigned)(step->insn - step->block->code.instructions) - 1;
  return then;
}

static void charge_performed_access(struct step *step) {
  if (step->performed_in == runs) return;
  step->performed_in = runs;
  struct cost added = step->if_performed;
  if (step->first) {
    struct cost skipped = model_skipped(step->insn);
    added = difference(model_executed(before_block, step->insn), &skipped);
  }
  add_cost(&now.total, &added);
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *user) {
  (void)vcpu;
  struct step *step = user;
  if (step->insn->conditional) charge_performed_access(step);
  int word = doorbell_word(&options, info, address);
  if (word < 0 && !board_rings) return;
  struct snapshot then = at(step);
  struct cost settled;
  if (word < 0) board_ring(&then, &settled);
  else events_ring((unsigned)word, &then, &settled);
  add_cost(&now.total, &settled);
}

static void on_wait(unsigned vcpu, void *user) {
  (void)vcpu;
  struct snapshot then = at(user);
  timed_wait = options.has_board && board_wait(&then);
  if (!timed_wait) events_emit("sleep", 0, &then);
}

static void on_missing_instruction(unsigned vcpu, void *user) {
  (void)vcpu;
  const struct step *step = user;
  struct snapshot then = at(step);
  events_fault(step->insn->pc, &then);
}

static struct step *new_step(const struct block *block, unsigned index) {
  struct step *step = calloc(1, sizeof *step);
  if (!step) abort();
  step->insn = &block->code.instructions[index];
  step->block = block;
  step->through = block->cost;
  step->first = index == 0;
  if (index > 0 && step->insn->conditional && accesses_memory(step->insn)) {
    struct cost skipped = model_skipped(step->insn);
    step->if_performed = difference(model_executed(step->insn - 1, step->insn), &skipped);
  }
  return step;
}

static void instrument(struct qemu_plugin_insn *target, const struct block *block, unsigned index) {
  const struct instruction *insn = &block->code.instructions[index];
  bool faults = insn->needs_dsp && options.fault_on_dsp;
  bool watched = watches_memory(insn, &options);
  if (!faults && !watched && !insn->waits) return;
  struct step *step = new_step(block, index);
  if (faults) {
    qemu_plugin_register_vcpu_insn_exec_cb(target, on_missing_instruction, QEMU_PLUGIN_CB_NO_REGS, step);
  } else if (insn->waits) {
    qemu_plugin_register_vcpu_insn_exec_cb(target, on_wait, QEMU_PLUGIN_CB_NO_REGS, step);
  }
  if (watched) qemu_plugin_register_vcpu_mem_cb(target, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, step);
}

void folded_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  struct block *block = calloc(1, sizeof *block);
  if (!block) abort();
  block->code = decode_block(tb);
  for (unsigned i = 0; i < block->code.count; i++) {
    const struct instruction *insn = &block->code.instructions[i];
    struct cost cost = cost_in_block(i > 0 ? insn - 1 : NULL, insn);
    add_cost(&block->cost, &cost);
    instrument(qemu_plugin_tb_get_insn(tb, i), block, i);
    block->last = insn;
  }
  qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
}
