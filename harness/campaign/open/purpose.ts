/** What a line is held for, told to whoever comes second. @param id of the run, where there is one */
export const linePurpose = (bench: string, id: string | undefined): string =>
  id === undefined ? `bench ${bench}` : `run ${id}, bench ${bench}`;
