BOARDS += stm32l4r5

stm32l4r5.port := stm32l4r5
stm32l4r5.core := m4
stm32l4r5.load := 0x08000000
stm32l4r5.blob := 0x08040000
stm32l4r5.cpu := -mcpu=cortex-m4 -mfloat-abi=soft
stm32l4r5.script := ports/stm32l4r5/stm32l4r5.ld
stm32l4r5.sources := $(sort $(wildcard ports/stm32l4r5/*.c))

# Called by others too; see ../../Makefile.
head.ports/stm32l4r5/timer.c := ports/stm32l4r5/timer_count.c
