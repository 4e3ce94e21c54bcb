#include "counting.h"
#include "profile.h"

#include <stddef.h>

#include "board.h"

static struct counting_options options;
static struct snapshot now;
static const struct instruction *last;
static struct cost last_cost;
static bool last_accessed_memory;
static uint32_t reset_pc;
static bool started;
static bool timed_wait; /* as in folded.c */

void exact_start(const struct counting_options *chosen) {
  options = *chosen;
}

struct snapshot exact_snapshot(void) {
  return now;
}

static void forget_history(enum reset reset) {
  struct cost settled;
  events_restart(last ? reset : RESET_FIRST_START, &now, &settled);
  add_cost(&now.total, &settled);
  flow_reset();
  last = NULL;
}

static void correct_skipped_access(void) {
  if (!last->conditional || !accesses_memory(last) || last_accessed_memory) return;
  struct cost skipped = model_skipped(last);
  struct cost correction = difference(skipped, &last_cost);
  add_cost(&now.total, &correction);
}

/** Finishes the instruction before; returns it if the pipeline goes on from it. */
static const struct instruction *finish_last(uint32_t pc) {
  correct_skipped_access();
  if (last->waits && !timed_wait) events_emit("wake", 0, &now);
  struct flow flow = flow_between(last, pc);
  if (!flow.repeatable && pc == reset_pc) {
    forget_history(RESET_BY_PROGRAM);
    return NULL;
  }
  add_cost(&now.total, &flow.cost);
  return flow.sequential ? last : NULL;
}

static void on_instruction(unsigned vcpu, void *user) {
  (void)vcpu;
  const struct instruction *insn = user;
  if (!started) reset_pc = insn->pc;
  started = true;
  enum reset reset = events_take_reset();
  if (reset != RESET_NONE) {
    forget_history(reset);
    reset_pc = insn->pc;
  }
  const struct instruction *before = NULL;
  if (last) {
    uint32_t pc = last->pc;
    before = finish_last(insn->pc);
    profile_charge(pc, events_cycles(&now.total));
  }
  last_cost = model_executed(before, insn);
  add_cost(&now.total, &last_cost);
  now.instructions++;
  last = insn;
  last_accessed_memory = false;
  if (insn->needs_dsp && options.fault_on_dsp) events_fault(insn->pc, &now);
  if (now.total.best >= board_deadline) board_expire();
  if (!insn->waits) return;
  timed_wait = options.has_board && board_wait(&now);
  if (!timed_wait) events_emit("sleep", 0, &now);
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *user) {
  (void)vcpu;
  (void)user;
  last_accessed_memory = true;
  int word = doorbell_word(&options, info, address);
  if (word < 0 && !board_rings) return;
  profile_charge(last->pc, events_cycles(&now.total));
  if (word >= 0 && word < MARKER_WORDS) profile_marker((unsigned)word);
  struct cost settled;
  if (word < 0) board_ring(&now, &settled);
  else events_ring((unsigned)word, &now, &settled);
  add_cost(&now.total, &settled);
}

void exact_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  struct block_code code = decode_block(tb);
  for (unsigned i = 0; i < code.count; i++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS, &code.instructions[i]);
    if (watches_memory(&code.instructions[i], &options)) {
      qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
    }
  }
}
