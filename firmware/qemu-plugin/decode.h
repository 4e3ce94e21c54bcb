/* Classifies Thumb and Thumb-2 instructions into the classes that the timing model distinguishes. */
#ifndef LITTLEFIRST_DECODE_H
#define LITTLEFIRST_DECODE_H

#include <stdbool.h>
#include <stdint.h>

enum kind {
  KIND_ALU,
  KIND_LOAD,          /* one register, any addressing */
  KIND_STORE,         /* one register, immediate offset */
  KIND_STORE_INDEXED, /* one register, register offset */
  KIND_MULTIPLE,      /* LDM STM PUSH POP LDRD STRD and exclusives: `words` transfers */
  KIND_MUL,
  KIND_MLA,
  KIND_MULL,
  KIND_MLAL,
  KIND_DSP,
  KIND_DIV,
  KIND_FPU,     /* `words` = its cycles */
  KIND_IT,
  KIND_BARRIER,
  /* from here on: may change the flow */
  KIND_BRANCH,
  KIND_BRANCH_CONDITIONAL,
  KIND_CALL,
  KIND_BRANCH_INDIRECT, /* BX BLX MOV PC ADD PC */
  KIND_POP_PC,
  KIND_LOAD_PC,
  KIND_TABLE_BRANCH,
};

struct instruction {
  uint32_t pc;
  uint32_t target;    /* of a direct branch */
  uint8_t size;       /* 2 or 4 bytes */
  uint8_t kind;       /* enum kind */
  uint8_t words;
  bool conditional;   /* inside an IT block */
  bool needs_dsp;     /* absent from ARMv7-M without the DSP extension */
  bool waits;         /* WFI */
  bool stores;        /* may store through a base other than SP */
  uint16_t loaded;    /* bit set of registers written by a KIND_LOAD */
  uint16_t address;   /* registers that form the address */
  uint16_t produced;  /* registers written by a data-processing instruction */
};

/** Decodes one instruction at `pc`, 2 or 4 bytes by its first halfword; `conditional` is left false. */
struct instruction decode(uint32_t pc, const uint8_t *bytes);

/** Number of instructions that an IT instruction (first halfword given) makes conditional, 1 to 4. */
unsigned it_length(const uint8_t *bytes);

/** The address after the instruction. */
static inline uint32_t end_of(const struct instruction *insn) {
  return insn->pc + insn->size;
}

static inline bool is_branch(const struct instruction *insn) {
  return insn->kind >= KIND_BRANCH;
}

static inline bool is_direct_branch(const struct instruction *insn) {
  return insn->kind >= KIND_BRANCH && insn->kind <= KIND_CALL;
}

/** Loads and stores whose execution shows as a memory callback, so that a skipped conditional one can be told. */
static inline bool accesses_memory(const struct instruction *insn) {
  return (insn->kind >= KIND_LOAD && insn->kind <= KIND_MULTIPLE) || insn->kind >= KIND_POP_PC;
}

#endif
