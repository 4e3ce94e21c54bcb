/*
 * Two independent ways to add up the model's costs over what QEMU executes. Both must give the same numbers.
 * - folded: costs of a translated block are summed once, at translation; execution costs one callback a block.
 * - exact: one callback an instruction, nothing precomputed. Slow; the check of the folded way.
 */
#ifndef LITTLEFIRST_COUNTING_H
#define LITTLEFIRST_COUNTING_H

#include "events.h"
#include "flow.h"
#include "qemu-api.h"

struct counting_options {
  uint32_t doorbell;
  bool has_doorbell;
  bool has_board; /* a chip's registers are modelled here: board.h */
  bool fault_on_dsp;
};

/** The instructions of one translated block, kept for the life of the process. */
struct block_code {
  unsigned count;
  struct instruction *instructions;
};

/** Decodes a block, following IT blocks across block borders. */
struct block_code decode_block(const struct qemu_plugin_tb *tb);

/** True if executed accesses of the instruction must be seen: it may ring the doorbell, or may be skipped. */
static inline bool watches_memory(const struct instruction *insn, const struct counting_options *options) {
  return (insn->conditional && accesses_memory(insn)) || (insn->stores && (options->has_doorbell || options->has_board));
}

/** Word of the doorbell that an access rings, or -1. */
static inline int doorbell_word(const struct counting_options *options, qemu_plugin_meminfo_t info, uint64_t address) {
  uint64_t offset = address - options->doorbell;
  if (!options->has_doorbell || offset >= DOORBELL_BYTES || !qemu_plugin_mem_is_store(info)) return -1;
  return (int)(offset / 4);
}

void folded_start(const struct counting_options *options);
void folded_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
struct snapshot folded_snapshot(void);

void exact_start(const struct counting_options *options);
void exact_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
struct snapshot exact_snapshot(void);

#endif
