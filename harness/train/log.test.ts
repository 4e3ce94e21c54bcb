import { expect } from 'chai';
import { TrainingLog } from './log.js';

describe('TrainingLog', () => {
  it('should speak every five seconds and at the end, with the time that is left', () => {
    const said: string[] = [];
    let now = 0;
    const log = new TrainingLog(
      2,
      message => said.push(message),
      () => now,
    );
    log.part = 'fold 1 of 3';
    const onEpoch = log.follow('big', 10);
    for (let epoch = 0; epoch < 10; epoch++) {
      now += 1500;
      onEpoch(epoch, 1 / (epoch + 1));
    }
    expect(said).to.deep.equal([
      'network 1 of 2, big, fold 1 of 3: epoch 4 of 10, loss 0.2500, about 9 s left for it',
      'network 1 of 2, big, fold 1 of 3: epoch 8 of 10, loss 0.1250, about 3 s left for it',
      'network 1 of 2, big, fold 1 of 3: epoch 10 of 10, loss 0.1000',
    ]);
    log.follow('little', 1)(0, 0.5);
    expect(log.curves.map(({ network, losses }) => [network, losses.length])).to.deep.equal([
      ['big', 10],
      ['little', 1],
    ]);
  });
});
