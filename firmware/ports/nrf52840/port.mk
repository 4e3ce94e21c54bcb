BOARDS += nrf52840

nrf52840.port := nrf52840
nrf52840.core := m4
nrf52840.load := 0x0
nrf52840.blob := 0x20000
nrf52840.cpu := -mcpu=cortex-m4 -mfloat-abi=soft
nrf52840.script := ports/nrf52840/nrf52840.ld
nrf52840.sources := $(sort $(wildcard ports/nrf52840/*.c))
