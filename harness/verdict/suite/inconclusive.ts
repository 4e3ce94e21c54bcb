import { AssertionError } from 'chai';

/** Thrown by an assertion that can neither be kept nor broken with what the run knows. A test that ends in it has not passed. */
export class Inconclusive extends AssertionError<undefined> {
  constructor(reason: string) {
    super(`inconclusive: ${reason}`);
  }
}

/** Thrown by an assertion on something that bench, DUT or meter broke: neither kept nor missed, and somebody must look at the bench. */
export class Broken extends AssertionError<undefined> {
  constructor(reason: string) {
    super(`error: ${reason}`);
  }
}
