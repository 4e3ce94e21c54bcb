# One machine, two cores: QEMU's lm3s6965evb with its own Cortex-M3, and with -cpu cortex-m4.
BOARDS += lm3s6965 lm3s6965-m4

lm3s6965.port := lm3s6965
lm3s6965.core := m3
lm3s6965.load := 0x0
lm3s6965.blob := 0x14000
lm3s6965.cpu := -mcpu=cortex-m3
lm3s6965.script := ports/lm3s6965/lm3s6965.ld
lm3s6965.sources := ports/common/pl011.c $(sort $(wildcard ports/lm3s6965/*.c))
lm3s6965.defines := -DPORT_BOARD='"lm3s6965"'

lm3s6965-m4.port := lm3s6965
lm3s6965-m4.core := m4
lm3s6965-m4.load := 0x0
lm3s6965-m4.blob := 0x14000
lm3s6965-m4.cpu := -mcpu=cortex-m4 -mfloat-abi=soft
lm3s6965-m4.script := ports/lm3s6965/lm3s6965.ld
lm3s6965-m4.sources := $(lm3s6965.sources)
lm3s6965-m4.defines := -DPORT_BOARD='"lm3s6965-m4"'

# Called by others too; see ../../Makefile.
head.ports/lm3s6965/levels.c := ports/lm3s6965/sysdiv.c
