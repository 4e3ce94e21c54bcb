/** The bridge: commands in, conversions and marker edges out. See README.md for the lines. */
#include "board.h"
#include "crc.h"
#include "i2c.h"
#include "port.h"

enum { LINE_BYTES = 64, COMMAND_BYTES = 32, MAX_FIELDS = 5 };

int main(void);

/* ---- lines ---- */

static char line[LINE_BYTES];
static uint32_t line_length;

static void put_char(char c) {
  if (line_length < LINE_BYTES) line[line_length++] = c;
}

static void put_text(const char *text) {
  while (*text != '\0') put_char(*text++);
}

static void put_hex(uint32_t value, uint32_t digits) {
  while (digits-- > 0) put_char("0123456789abcdef"[value >> 4 * digits & 15u]);
}

/** Closes the line with its CRC and sends it; false when there is no room. The line is empty afterwards. */
static bool send_line(void) {
  uint32_t crc = CRC16_INIT;
  for (uint32_t i = 0; i < line_length; i++) crc = crc16_step(crc, (uint8_t)line[i]);
  put_char('*');
  put_hex(crc, 4);
  put_text("\r\n");
  bool is_sent = board_put(line, line_length);
  line_length = 0;
  return is_sent;
}

/** Answers wait for room: they are never dropped. */
static void send_answer(void) {
  uint32_t length = line_length;
  while (!send_line()) line_length = length;
}

static void send_error(const char *what) {
  line_length = 0;
  put_text("error ");
  put_text(what);
  send_answer();
}

/* ---- measuring ---- */

static bool is_running;
static uint8_t sensor, status_register, data_register;
static uint32_t data_bytes, lines_made, lines_dropped, sequence;

static void put_prefix(char kind, uint32_t micros) {
  put_char(kind);
  put_hex(sequence, 2);
  put_hex(micros, 8);
  sequence = (sequence + 1) & 0xffu;
  lines_made++;
}

static void close_sample(void) {
  if (!send_line()) lines_dropped++;
}

static void take_conversion(const struct board_event *event) {
  uint8_t status[2], data[I2C_MAX_BYTES];
  if (!i2c_read(sensor, status_register, status, 2) || !i2c_read(sensor, data_register, data, data_bytes)) {
    send_error("nack");
    return;
  }
  put_prefix('s', event->micros);
  put_hex((uint32_t)status[0] << 8 | status[1], 4);
  for (uint32_t i = 0; i < data_bytes; i++) put_hex(data[i], 2);
  put_hex(event->markers, 1);
  close_sample();
}

static void take_edge(const struct board_event *event) {
  put_prefix('e', event->micros);
  put_hex(event->markers, 1);
  close_sample();
}

/* ---- commands ---- */

static char command[COMMAND_BYTES + 1];
static uint32_t command_length;
static const char *fields[MAX_FIELDS];

/** Splits the command at spaces, in place; returns the number of fields, or more than MAX_FIELDS. */
static uint32_t split(void) {
  uint32_t count = 0;
  for (char *at = command; *at != '\0';) {
    while (*at == ' ') *at++ = '\0';
    if (*at == '\0') break;
    if (count == MAX_FIELDS) return count + 1;
    fields[count++] = at;
    while (*at != '\0' && *at != ' ') at++;
  }
  return count;
}

static bool equals(const char *a, const char *b) {
  while (*a != '\0' && *a == *b) a++, b++;
  return *a == *b;
}

/** Reads a hexadecimal field of at most four digits. */
static bool parse(const char *text, uint32_t *value) {
  *value = 0;
  uint32_t digits = 0;
  for (; text[digits] != '\0'; digits++) {
    char c = text[digits];
    uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10u : 16u;
    if (digit > 15u || digits == 4) return false;
    *value = *value << 4 | digit;
  }
  return digits > 0;
}

static void identify(void) {
  put_text("id littlefirst-ina-bridge 1 ");
  put_hex(port_micros(), 8);
  send_answer();
}

static void read_register(uint32_t address, uint32_t reg, uint32_t count) {
  uint8_t bytes[I2C_MAX_BYTES];
  if (count < 1 || count > I2C_MAX_BYTES) {
    send_error("count");
    return;
  }
  if (!i2c_read((uint8_t)address, (uint8_t)reg, bytes, count)) {
    send_error("nack");
    return;
  }
  put_text("r ");
  put_hex(address, 2);
  put_char(' ');
  put_hex(reg, 2);
  put_char(' ');
  for (uint32_t i = 0; i < count; i++) put_hex(bytes[i], 2);
  send_answer();
}

static void write_register(uint32_t address, uint32_t reg, uint32_t value) {
  if (!i2c_write((uint8_t)address, (uint8_t)reg, value)) {
    send_error("nack");
    return;
  }
  put_text("w ");
  put_hex(address, 2);
  put_char(' ');
  put_hex(reg, 2);
  put_char(' ');
  put_hex(value, 4);
  send_answer();
}

static void start(uint32_t address, uint32_t status, uint32_t data, uint32_t count) {
  uint8_t ready[2];
  if (count < 1 || count > I2C_MAX_BYTES) {
    send_error("count");
    return;
  }
  /* Reading the status releases ALERT, so that the next conversion gives an edge. */
  if (!i2c_read((uint8_t)address, (uint8_t)status, ready, 2)) {
    send_error("nack");
    return;
  }
  sensor = (uint8_t)address;
  status_register = (uint8_t)status;
  data_register = (uint8_t)data;
  data_bytes = count;
  sequence = lines_made = lines_dropped = 0;
  board_clear_events();
  is_running = true;
  put_text("start ");
  put_hex(port_micros(), 8);
  send_answer();
}

static void stop(void) {
  is_running = false;
  put_text("stop ");
  put_hex(port_micros(), 8);
  put_char(' ');
  put_hex(lines_made, 8);
  put_char(' ');
  put_hex(lines_dropped + board_lost_events(), 8);
  send_answer();
}

static void execute(void) {
  uint32_t numbers[4] = {0, 0, 0, 0};
  uint32_t count = split();
  bool is_good = count <= MAX_FIELDS;
  for (uint32_t i = 1; is_good && i < count; i++) is_good = parse(fields[i], &numbers[i - 1]);
  if (count == 0) return;
  if (!is_good) send_error("number");
  else if (count == 1 && equals(fields[0], "id")) identify();
  else if (count == 1 && equals(fields[0], "stop") && is_running) stop();
  else if (is_running) send_error("running");
  else if (count == 4 && equals(fields[0], "r")) read_register(numbers[0], numbers[1], numbers[2]);
  else if (count == 4 && equals(fields[0], "w")) write_register(numbers[0], numbers[1], numbers[2]);
  else if (count == 5 && equals(fields[0], "start")) start(numbers[0], numbers[1], numbers[2], numbers[3]);
  else send_error("command");
}

static void take_bytes(void) {
  for (int byte = board_take_byte(); byte >= 0; byte = board_take_byte()) {
    if (byte == '\r') continue;
    if (byte != '\n') {
      if (command_length <= COMMAND_BYTES) command[command_length++ % (COMMAND_BYTES + 1)] = (char)byte;
      continue;
    }
    bool is_long = command_length > COMMAND_BYTES;
    command[is_long ? 0 : command_length] = '\0';
    command_length = 0;
    if (is_long) send_error("length");
    else execute();
  }
}

int main(void) {
  board_init();
  put_text("boot");
  send_answer();
  for (;;) {
    struct board_event event;
    while (board_next_event(&event)) {
      if (!is_running) continue;
      if (event.is_conversion) take_conversion(&event);
      else take_edge(&event);
    }
    take_bytes();
    board_wait();
  }
}
