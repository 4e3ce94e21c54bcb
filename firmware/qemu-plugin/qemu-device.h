/*
 * What of QEMU's own code a device needs, declared here for the same reason as qemu-api.h. Valid for QEMU 7.2 to 9.0: `MemoryRegionOps` has kept its
 * shape since 2018; the lock is named qemu_mutex_lock_iothread until 8.2 and bql_lock after.
 */
#ifndef LITTLEFIRST_QEMU_DEVICE_H
#define LITTLEFIRST_QEMU_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct memory_region_ops {
  uint64_t (*read)(void *opaque, uint64_t offset, unsigned bytes);
  void (*write)(void *opaque, uint64_t offset, uint64_t value, unsigned bytes);
  void *read_with_attributes, *write_with_attributes;
  int endianness; /* 2: little */
  struct {
    unsigned min_bytes, max_bytes;
    bool unaligned;
    void *accepts;
  } valid;
  struct {
    unsigned min_bytes, max_bytes;
    bool unaligned;
  } impl;
};

/* A MemoryRegion has 272 bytes, a CharBackend 56 in 7.2: enough for any. */
struct memory_region {
  _Alignas(16) char opaque[1024];
};
struct char_backend {
  _Alignas(16) char opaque[512];
};

/* Weak: a QEMU that does not export them still runs every other board. */
#pragma GCC visibility push(default)
#define QEMU __attribute__((weak))
QEMU struct memory_region *get_system_memory(void);
QEMU void memory_region_init_io(struct memory_region *region, void *owner, const struct memory_region_ops *ops, void *opaque, const char *name, uint64_t bytes);
QEMU void memory_region_init_ram(struct memory_region *region, void *owner, const char *name, uint64_t bytes, void **error);
QEMU void memory_region_init_rom(struct memory_region *region, void *owner, const char *name, uint64_t bytes, void **error);
QEMU void memory_region_add_subregion_overlap(struct memory_region *region, uint64_t offset, struct memory_region *part, int priority);
QEMU void *memory_region_get_ram_ptr(struct memory_region *region);

QEMU void *object_resolve_path_type(const char *path, const char *type, bool *ambiguous);
QEMU void *object_resolve_path_component(void *parent, const char *part);
QEMU void *qemu_get_cpu(int index);
QEMU int cpu_memory_rw_debug(void *cpu, uint64_t address, void *bytes, uint64_t count, bool is_write);
QEMU void *qdev_get_gpio_in(void *device, int number);
QEMU void qemu_set_irq(void *irq, int level);
QEMU void qemu_register_reset(void (*act)(void *opaque), void *opaque);
QEMU void qemu_system_reset_request(int cause);

QEMU void *qemu_chr_find(const char *name);
QEMU bool qemu_chr_fe_init(struct char_backend *backend, void *device, void **error);
QEMU void qemu_chr_fe_set_handlers(struct char_backend *backend, int (*room)(void *), void (*receive)(void *, const uint8_t *, int), void *event, void *change,
                              void *opaque, void *context, bool set_open);
QEMU int qemu_chr_fe_write_all(struct char_backend *backend, const uint8_t *bytes, int count);
QEMU void qemu_chr_fe_accept_input(struct char_backend *backend);

QEMU bool qemu_mutex_iothread_locked(void);
QEMU void qemu_mutex_lock_iothread_impl(const char *file, int line);
QEMU void qemu_mutex_unlock_iothread(void);

#pragma GCC visibility pop

#endif
