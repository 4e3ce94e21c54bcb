#include "flow.h"

#include <string.h>

enum { MAX_OPEN = 32, MAX_HANDLERS = 64 };

/* Where each open exception will return to; a preempted conditional branch leaves two possible places. */
static struct {
  uint32_t resume, alternative;
} open_exceptions[MAX_OPEN];
static unsigned open_count;

/* Entry points seen so far: they tell an exception taken right behind an indirect branch from that branch. */
static uint32_t handlers[MAX_HANDLERS];
static unsigned handler_count;

void flow_reset(void) {
  open_count = 0;
}

static bool is_handler(uint32_t pc) {
  for (unsigned i = 0; i < handler_count; i++) {
    if (handlers[i] == pc) return true;
  }
  return false;
}

static void remember_handler(uint32_t pc) {
  if (!is_handler(pc) && handler_count < MAX_HANDLERS) handlers[handler_count++] = pc;
}

static void open_exception(uint32_t resume, uint32_t alternative) {
  if (open_count == MAX_OPEN) memmove(open_exceptions, open_exceptions + 1, --open_count * sizeof open_exceptions[0]);
  open_exceptions[open_count].resume = resume;
  open_exceptions[open_count].alternative = alternative;
  open_count++;
}

static bool close_exception(uint32_t to) {
  for (unsigned i = open_count; i-- > 0;) {
    if (open_exceptions[i].resume != to && open_exceptions[i].alternative != to) continue;
    open_count = i;
    return true;
  }
  return false;
}

static struct flow enter_exception(const struct instruction *from, uint32_t to) {
  bool jumps = is_direct_branch(from);
  bool certain = from->kind != KIND_BRANCH_CONDITIONAL && !from->conditional;
  uint32_t resume = jumps && certain ? from->target : end_of(from);
  uint32_t alternative = jumps ? from->target : resume;
  remember_handler(to);
  open_exception(resume, alternative);
  return (struct flow){.cost = model_exception_entry()};
}

static struct flow leave_by_indirect_branch(const struct instruction *from, uint32_t to) {
  bool may_return = from->kind != KIND_TABLE_BRANCH;
  if (may_return && close_exception(to)) return (struct flow){.cost = model_exception_return()};
  if (!is_handler(to)) return (struct flow){.cost = model_taken(from)};
  if (may_return && open_count > 0) return (struct flow){.cost = model_exception_tail_chain()};
  /* Where this one returns to is unknown: charge its return now, it will later look like a plain branch. */
  struct flow flow = {.cost = model_exception_entry()};
  struct cost back = model_exception_return();
  add_cost(&flow.cost, &back);
  return flow;
}

struct flow flow_between(const struct instruction *from, uint32_t to) {
  if (is_direct_branch(from) && to == from->target) {
    bool ambiguous = to == end_of(from) && (from->kind == KIND_BRANCH_CONDITIONAL || from->conditional);
    if (!ambiguous) return (struct flow){.cost = model_taken(from), .repeatable = true};
  }
  bool must_leave = is_branch(from) && from->kind != KIND_BRANCH_CONDITIONAL && !from->conditional;
  if (to == end_of(from) && !must_leave) return (struct flow){.sequential = true, .repeatable = true};
  if (is_branch(from) && !is_direct_branch(from)) return leave_by_indirect_branch(from, to);
  return enter_exception(from, to);
}
