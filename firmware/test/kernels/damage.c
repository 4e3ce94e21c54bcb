/**
 * Runs steps that may say anything, with tables that may hold anything: refused, or no access outside of input, output, scratch area and
 * tables. Each accepted one runs twice, amid other bytes: what is read outside, and matters, shows as another output. Prints a line
 * `job <index> <what>` for each job that fails, then `ran <accepted>` and `done <count>`; a fault ends it before.
 */
#include "jobs.h"

#include "console.h"
#include "mem.h"

enum { GUARD = 64, ARENA_BYTES = 1 << 19 };
/* A step may ask for more arithmetic than there is time for: such are checked, not run. */
static const uint64_t most_operations = 300000;

static uint8_t arena[ARENA_BYTES] __attribute__((aligned(4)));
static uint8_t first[ARENA_BYTES];
static uint32_t ran;

static const lf_kernel *kernel_of(uint32_t id) {
  for (uint32_t i = 0; i < lf_kernel_count; i++)
    if (lf_kernel_table[i].id == id) return lf_kernel_table + i;
  return 0;
}

static uint64_t times(uint64_t a, uint32_t b) { return a > most_operations ? a : a * (b == 0 ? 1u : b); }
static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t volume(uint32_t h, uint32_t w, uint32_t c) { return (uint64_t)(h * w) * c; }

static uint64_t operations(const lf_step *s) {
  uint64_t places = larger(times(s->conv_h, s->conv_w), larger(times(s->out_h, s->out_w), times(s->in_h, s->in_w)));
  uint64_t count = times(times(times(times(places, s->out_c), s->in_c), s->kernel_h), s->kernel_w);
  return times(times(count, s->pool_h), s->pool_w);
}

static uint8_t filler(uint32_t i, uint32_t salt) { return (uint8_t)(i * 37u + 11u + salt); }

static int untouched(uint32_t from, uint32_t to, uint32_t salt) {
  for (uint32_t i = from; i < to; i++)
    if (arena[i] != filler(i, salt)) return 0;
  return 1;
}

static uint32_t after(uint32_t from, uint32_t bytes) { return (from + bytes + GUARD + 3u) & ~3u; }

/** @return what went wrong, or 0. The tables lie in the arena too, after the scratch area. */
static const char *run(const job *j, const lf_kernel *kernel, uint32_t in_bytes, uint32_t out_bytes, uint32_t salt) {
  const uint8_t *base = (const uint8_t *)j;
  uint32_t in = GUARD, out = after(in, in_bytes), scratch = after(out, out_bytes);
  uint32_t data = after(scratch, lf_scratch_bytes(&j->step)), end = data + lf_data_bytes(&j->step);
  for (uint32_t i = 0; i < end + GUARD; i++) arena[i] = filler(i, salt);
  for (uint32_t i = 0; i < in_bytes; i++) arena[in + i] = base[j->in + i % j->in_bytes];
  memcpy(arena + data, base + j->data, lf_data_bytes(&j->step));
  kernel->run(&j->step, arena + data, (const int8_t *)arena + in, (int8_t *)arena + out, arena + scratch);
  for (uint32_t i = 0; i < in_bytes; i++)
    if (arena[in + i] != base[j->in + i % j->in_bytes]) return " changed its input";
  if (memcmp(arena + data, base + j->data, lf_data_bytes(&j->step)) != 0) return " changed its tables";
  if (!untouched(0, in, salt) || !untouched(in + in_bytes, out, salt) || !untouched(out + out_bytes, scratch, salt) ||
      !untouched(scratch + lf_scratch_bytes(&j->step), data, salt) || !untouched(end, end + GUARD, salt))
    return " wrote outside its buffers";
  if (salt == 0) memcpy(first, arena + out, out_bytes);
  /* What a step leaves as it was, says nothing of what it read. */
  for (uint32_t i = 0; i < out_bytes; i++)
    if (arena[out + i] != first[i] && (arena[out + i] != filler(out + i, salt) || first[i] != filler(out + i, 0)))
      return " read outside its buffers";
  return 0;
}

static const char *try(const job *j) {
  const lf_step *s = &j->step;
  const uint8_t *base = (const uint8_t *)j;
  const lf_kernel *kernel = kernel_of(s->kernel);
  /* as lf_net_validate has it: these run on the reference kernel alone, and are fuzzed on the host */
  if (kernel == 0 || s->kernel == 0 || s->op == LF_OP_COPY || s->op == LF_OP_SUM || s->op == LF_OP_PRODUCT) return 0;
  if (lf_data_bytes(s) > j->bytes - j->data) return 0;
  if (!kernel->accepts(s, base + j->data)) return 0;
  uint64_t in = volume(s->in_h, s->in_w, s->in_c), out = volume(s->out_h, s->out_w, s->out_c);
  if (operations(s) > most_operations || in + out + lf_scratch_bytes(s) + lf_data_bytes(s) + 6 * GUARD > ARENA_BYTES) return 0;
  ran++;
  const char *wrong = run(j, kernel, (uint32_t)in, (uint32_t)out, 0);
  return wrong != 0 ? wrong : run(j, kernel, (uint32_t)in, (uint32_t)out, 0x5b);
}

int main(void) {
  const jobs_header *header = (const jobs_header *)JOBS_ADDRESS;
  const job *j = (const job *)(header + 1);
  uint32_t count = header->magic == JOBS_MAGIC ? header->count : 0;
  for (uint32_t i = 0; i < count; i++, j = (const job *)((const uint8_t *)j + j->bytes)) {
    const char *wrong = try(j);
    if (wrong == 0) continue;
    put_number("job ", i, wrong);
    put_text("\n");
  }
  put_number("ran ", ran, "\n");
  put_number("done ", count, "\n");
  end_emulation();
}
