/**
 * Runs every job with the image's kernels and compares the output with what the host expects. Prints a line
 * `job <index> <what>` for each job that fails, then `done <count>`, and ends QEMU by semihosting.
 */
#include "jobs.h"

#include "console.h"
#include "mem.h"

enum { GUARD = 64, ARENA_BYTES = 1 << 20 };

static uint8_t arena[ARENA_BYTES] __attribute__((aligned(4)));

static const lf_kernel *kernel_of(uint32_t id) {
  for (uint32_t i = 0; i < lf_kernel_count; i++)
    if (lf_kernel_table[i].id == id) return lf_kernel_table + i;
  return 0;
}

/** Places in the arena: guard, input, guard, output, guard, scratch, guard; everything else is `filler`. */
static uint8_t filler(uint32_t i) { return (uint8_t)(i * 37u + 11u); }

static int untouched(uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; i++)
    if (arena[i] != filler(i)) return 0;
  return 1;
}

/** @return what went wrong, or 0 */
static const char *run(const job *j) {
  const uint8_t *base = (const uint8_t *)j;
  const lf_kernel *kernel = kernel_of(j->step.kernel);
  if (kernel == 0) return " unknown kernel";
  if (!kernel->accepts(&j->step, base + j->data)) return " refused";
  uint32_t in = GUARD, out = (in + j->in_bytes + GUARD + 3u) & ~3u;
  uint32_t scratch = (out + j->out_bytes + GUARD + 3u) & ~3u, end = scratch + lf_scratch_bytes(&j->step);
  if (end + GUARD > ARENA_BYTES) return " too large for the test";
  for (uint32_t i = 0; i < end + GUARD; i++) arena[i] = filler(i);
  memcpy(arena + in, base + j->in, j->in_bytes);
  kernel->run(&j->step, base + j->data, (const int8_t *)arena + in, (int8_t *)arena + out, arena + scratch);
  if (memcmp(arena + in, base + j->in, j->in_bytes) != 0) return " changed its input";
  if (memcmp(arena + out, base + j->expected, j->out_bytes) != 0) return " wrong output";
  if (!untouched(0, in) || !untouched(in + j->in_bytes, out) || !untouched(out + j->out_bytes, scratch) ||
      !untouched(end, end + GUARD))
    return " wrote outside its buffers";
  return 0;
}

int main(void) {
  const jobs_header *header = (const jobs_header *)JOBS_ADDRESS;
  const job *j = (const job *)(header + 1);
  uint32_t count = header->magic == JOBS_MAGIC ? header->count : 0;
  for (uint32_t i = 0; i < count; i++, j = (const job *)((const uint8_t *)j + j->bytes)) {
    const char *wrong = run(j);
    if (wrong == 0) continue;
    put_number("job ", i, wrong);
    put_text("\n");
  }
  put_number("done ", count, "\n");
  end_emulation();
}
