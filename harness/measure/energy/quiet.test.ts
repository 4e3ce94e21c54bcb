import { expect } from 'chai';
import { joinQuiet, noQuiet } from './quiet.js';

describe('quietest state', () => {
  it('should average like powers by time, drop louder ones and start over at a quieter one', () => {
    const quiet = noQuiet();
    joinQuiet(quiet, 10, 1);
    joinQuiet(quiet, 4, 1);
    joinQuiet(quiet, 10, 9);
    joinQuiet(quiet, 4.4, 3);
    expect(quiet.watts).to.be.closeTo(4.3, 1e-12);
    expect(quiet.seconds).to.equal(4);
    joinQuiet(quiet, Number.NaN, 1);
    joinQuiet(quiet, 1, 0);
    expect(quiet.seconds).to.equal(4);
  });
});
