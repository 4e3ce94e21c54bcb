#include "profile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t *starts;
static int64_t *sums;
static unsigned count, last;
static int64_t charged;
static FILE *lines; /* NULL: nobody wants a profile */

static bool complain(const char *what, const char *path) {
  fprintf(stderr, "littlefirst timing plugin: %s %s: %s\n", what, path, strerror(errno));
  return false;
}

static bool read_ranges(const char *path) {
  FILE *file = fopen(path, "re");
  if (!file) return complain("cannot read", path);
  unsigned room = 0;
  for (uint32_t start; fscanf(file, "%" SCNx32, &start) == 1; count++) {
    if (count == room) {
      room = room ? 2 * room : 256;
      starts = realloc(starts, room * sizeof *starts);
      if (!starts) abort();
    }
    if (count > 0 && start <= starts[count - 1]) {
      errno = EINVAL;
      break;
    }
    starts[count] = start;
  }
  bool whole = feof(file) && count > 0;
  if (!whole) complain("no ascending addresses in", path);
  fclose(file);
  return whole;
}

bool profile_open(const char *ranges, const char *out) {
  if (!read_ranges(ranges)) return false;
  sums = calloc(count + 1, sizeof *sums); /* the last one: below the first range */
  if (!sums) abort();
  lines = fopen(out, "we");
  if (!lines) return complain("cannot write", out);
  return true;
}

static unsigned find(uint32_t pc) {
  if (pc < starts[0]) return count;
  unsigned low = 0, high = count;
  while (high - low > 1) {
    unsigned middle = (low + high) / 2;
    if (starts[middle] <= pc) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

void profile_charge(uint32_t pc, int64_t cycles) {
  if (!lines) return;
  bool inside = last < count && starts[last] <= pc && (last + 1 == count || pc < starts[last + 1]);
  if (!inside) last = find(pc);
  sums[last] += cycles - charged;
  charged = cycles;
}

void profile_marker(unsigned marker) {
  if (!lines) return;
  fprintf(lines, "%u", marker);
  for (unsigned i = 0; i <= count; i++) {
    if (sums[i] == 0) continue;
    fprintf(lines, " %u:%" PRId64, i, sums[i]);
    sums[i] = 0;
  }
  fputc('\n', lines);
  fflush(lines);
}
