# QEMU's MPS2 boards with a Cortex-M3 (application note 385) and a Cortex-M4 (386).
BOARDS += mps2-an385 mps2-an386

mps2-an385.port := mps2
mps2-an385.core := m3
mps2-an385.load := 0x0
mps2-an385.blob := 0x20000
mps2-an385.cpu := -mcpu=cortex-m3
mps2-an385.script := ports/mps2/mps2.ld
mps2-an385.sources := $(sort $(wildcard ports/mps2/*.c))
mps2-an385.defines := -DPORT_BOARD='"mps2-an385"'

mps2-an386.port := mps2
mps2-an386.core := m4
mps2-an386.load := 0x0
mps2-an386.blob := 0x20000
mps2-an386.cpu := -mcpu=cortex-m4 -mfloat-abi=soft
mps2-an386.script := ports/mps2/mps2.ld
mps2-an386.sources := $(mps2-an385.sources)
mps2-an386.defines := -DPORT_BOARD='"mps2-an386"'
