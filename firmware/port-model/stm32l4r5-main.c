/** Walks the STM32L4R5 port through its levels, its sleeps and its line, and prints what the model of the registers saw. */
#include <stdio.h>
#include <stdlib.h>

#include "cpu.h"
#include "port.h"
#include "stm32l4r5.h"

static unsigned to_send, received;

int link_next_byte(void) {
  if (to_send == 0) return -1;
  to_send--;
  return 'x';
}

void link_receive(uint8_t byte) {
  (void)byte;
  received++;
}

static void tell(const char *what) {
  printf("{\"step\":\"%s\",\"hclk\":%u,\"stops\":%u,\"sent\":%u,\"ticks\":%u,\"broken\":[", what, model_hclk(), model.stops, model.sent, model.lptim_ticks);
  for (unsigned i = 0; i < model.broken; i++) printf("%s\"%s\"", i == 0 ? "" : ",", model.rules[i]);
  printf("]}\n");
  model.broken = 0;
  model.stops = 0;
  model.sent = 0;
}

/** Sets a level and tells what the registers say of it. */
static void level(const uint32_t *words) {
  char what[96];
  bool done = port_level_set(0, words, 4);
  struct port_level read;
  port_level_read(&read);
  snprintf(what, sizeof what, "level %u %u %u %u: %s, %u Hz, %u mV, reads %u %u %u %u", words[0], words[1], words[2], words[3], done ? "set" : "refused",
           read.hertz, read.millivolts, read.words[0], read.words[1], read.words[2], read.words[3]);
  tell(what);
}

/** Arguments: one level each, four words joined by commas; `no-smps` for a board without. */
int main(int count, char **arguments) {
  uint32_t levels[16][4];
  unsigned given = 0;
  for (int i = 1; i < count && given < 16; i++) {
    if (arguments[i][0] == 'n') {
      model.smps_fitted = false;
      continue;
    }
    sscanf(arguments[i], "%u,%u,%u,%u", &levels[given][0], &levels[given][1], &levels[given][2], &levels[given][3]);
    given++;
  }
  model_reset();
  port_init();
  cpu_enable_interrupts();
  tell("start");
  for (unsigned from = 0; from < given; from++) {
    for (unsigned to = 0; to < given; to++) {
      level(levels[from]);
      level(levels[to]);
      port_idle_us(500);
      tell("short idle");
      port_idle_us(5000);
      tell("long idle");
    }
  }
  to_send = 200;
  port_uart_kick();
  model_run_dma();
  cpu_restore_interrupts(0);
  while (!port_uart_idle()) {
    cpu_wait_for_interrupt();
    cpu_restore_interrupts(0);
  }
  tell("line");
  printf("{\"baud\":[%d,%d,%d,%d]}\n", port_uart_baud(9600), port_uart_baud(115200), port_uart_baud(3000000), port_uart_baud(6000000));
  tell("baud");
  return model.stuck ? 1 : 0;
}
