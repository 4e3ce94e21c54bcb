import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import {
  buildFirmwareTargets,
  type FirmwareTarget,
  firmwareTargets,
  fuzzFirmware,
  hasLibFuzzer,
} from './firmware.js';
import { firmwareBlobFolder, firmwareBlobs } from './firmware-blobs.js';

const executions = 2_000;

describe("the firmware's C under libFuzzer", function () {
  this.timeout(900_000);

  it('starts from blobs as they are packed today (npm run firmware:fuzz -- --write)', async () => {
    for (const [name, blob] of await firmwareBlobs())
      expect(readFileSync(packagePath(...firmwareBlobFolder, name)).equals(blob), name).to.equal(true);
  });

  if (!hasLibFuzzer()) return;
  before(() => buildFirmwareTargets());

  for (const target of Object.keys(firmwareTargets) as FirmwareTarget[])
    it(`does nothing undefined and always answers: ${target}`, async () => {
      const { find, executions: done } = await fuzzFirmware(target, {
        executions,
        seed: 1,
        artifacts: tmpdir(),
      });
      expect(find).to.equal('');
      expect(done).to.be.at.least(executions);
    });

  it('would say so: a blob that is opened beyond its end is reported', async () => {
    const work = await mkdtemp(join(tmpdir(), 'littlefirst-fuzz-'));
    try {
      const source = `#include <stdlib.h>
        #include <string.h>
        #include "blob.h"
        int main(void) {
          static const unsigned char head[] = {0x4c, 0x46, 0x42, 0x31};
          unsigned char *blob = malloc(sizeof head);
          memcpy(blob, head, sizeof head);
          lf_blob opened;
          return lf_blob_open(blob, 4096, &opened);
        }`;
      const program = join(work, 'program');
      await writeFile(`${program}.c`, source);
      const object = (name: string) => packagePath('firmware', 'build', 'fuzz', 'core', `${name}.o`);
      const names = [
        'blob',
        'nn',
        'kernels_ref',
        'kernels_ref_check',
        'kernels_ref_move',
        'kernels_ref_two',
        'kernels_ref_reduce',
        'kernels_ref_softmax',
        'kernels_table_ref',
      ];
      const flags = ['-fsanitize=address,undefined', `-I${packagePath('firmware', 'core')}`];
      const built = spawnSync('clang', [...flags, `${program}.c`, ...names.map(object), '-o', program]);
      expect(built.status, built.stderr.toString()).to.equal(0);
      const ended = spawnSync(program, { encoding: 'utf8' });
      expect(ended.stderr).to.match(/heap-buffer-overflow/);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
});
