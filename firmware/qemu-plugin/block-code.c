#include "counting.h"

#include <stdlib.h>

/* Places where a translated block ended inside an IT block, with the number of conditional instructions left. */
enum { OPEN_IT_SLOTS = 1024 };
static struct {
  uint32_t pc;
  uint8_t left;
} open_it[OPEN_IT_SLOTS];

static unsigned slot_of(uint32_t pc) {
  return (pc >> 1) % OPEN_IT_SLOTS;
}

static unsigned it_left_at(uint32_t pc) {
  unsigned slot = slot_of(pc);
  return open_it[slot].pc == pc ? open_it[slot].left : 0;
}

static void remember_it(uint32_t pc, unsigned left) {
  unsigned slot = slot_of(pc);
  if (left == 0 && open_it[slot].pc != pc) return;
  open_it[slot].pc = pc;
  open_it[slot].left = (uint8_t)left;
}

struct block_code decode_block(const struct qemu_plugin_tb *tb) {
  unsigned count = (unsigned)qemu_plugin_tb_n_insns(tb);
  struct block_code code = {.count = count, .instructions = calloc(count, sizeof(struct instruction))};
  if (!code.instructions) abort();
  unsigned conditional_left = 0;
  for (unsigned i = 0; i < count; i++) {
    const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    uint32_t pc = (uint32_t)qemu_plugin_insn_vaddr(insn);
    /* qemu_plugin_insn_size() is not used: near the end of a page QEMU 7.2 adds bytes of the next instruction to it. */
    const uint8_t *bytes = qemu_plugin_insn_data(insn);
    if (i == 0) conditional_left = it_left_at(pc);
    code.instructions[i] = decode(pc, bytes);
    code.instructions[i].conditional = conditional_left > 0;
    if (conditional_left > 0) conditional_left--;
    if (code.instructions[i].kind == KIND_IT) conditional_left = it_length(bytes);
  }
  if (count > 0) remember_it(end_of(&code.instructions[count - 1]), conditional_left);
  return code;
}
