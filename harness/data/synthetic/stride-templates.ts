/**
 * Stride templates of the synthetic wearer: the average stride of each walking activity as harmonics of the stride
 * frequency, and how much people differ from it.
 *
 * Fitted to the raw recordings of the HAPT training people only (21 people, labelled segments, no test person):
 * least squares of 10 harmonics in stretches of 256 samples at the best stride frequency between 0.65 and 1.15 Hz;
 * stretches of an activity aligned in phase to their running mean (15 rounds); mean of the people's means. The spread
 * is the root mean square distance of the people's complex amplitudes from that mean.
 *
 * Six channels: acceleration x, y, z in g, angular velocity x, y, z in rad/s, before any filter.
 */
export interface StrideTemplate {
  /** Stride (two steps) frequency in Hz: mean, spread between people, slow spread within a person, stride by stride. */
  strideHz: { mean: number; personSpread: number; withinSpread: number; jitter: number };
  /** Share of `personSpread` by which a person's single strides differ from each other. */
  strideToStride: number;
  /** Heel strikes: phase in the stride (and half a stride later), peak on x in g, share that goes to -y. */
  impact: { phase: number; peak: number; sideways: number };
  /** Standard deviation of what the harmonics do not explain, per channel. */
  residual: readonly number[];
  /** Slow turning about the vertical in rad/s (stairs turn), of the gyroscope's x. */
  turnRate: number;
  /** [channel][harmonic - 1]: coefficient of cos(k * phase). */
  cosine: readonly (readonly number[])[];
  /** [channel][harmonic - 1]: coefficient of sin(k * phase). */
  sine: readonly (readonly number[])[];
  /** [channel][harmonic - 1]: spread of the complex amplitude between people. */
  personSpread: readonly (readonly number[])[];
}

export const walking: StrideTemplate = {
  strideHz: { mean: 0.872, personSpread: 0.054, withinSpread: 0.024, jitter: 0.02 },
  strideToStride: 0.9,
  impact: { phase: 2.11, peak: 0.1, sideways: 0.3 },
  residual: [0.083, 0.075, 0.062, 0.203, 0.243, 0.125],
  turnRate: 0,
  cosine: [
    [-0.011, -0.09, -0.083, 0.031, 0.006, 0.073, 0.006, 0.039, 0.014, -0.014],
    [-0.014, -0.08, -0.02, 0.045, -0.013, 0.039, -0.029, -0.035, -0.04, 0.001],
    [-0.01, -0.082, 0.01, 0.033, 0.003, 0.032, 0.001, -0.036, 0.001, 0.003],
    [0.355, -0.027, -0.072, 0.003, -0.16, 0.006, -0.018, 0.003, 0.055, -0.005],
    [-0.202, 0.088, -0.253, -0.014, -0.073, -0.048, -0.002, -0.007, 0.034, 0.054],
    [-0.007, -0.072, -0.195, -0.012, -0.033, 0.042, 0.011, 0.024, 0.004, -0.024],
  ],
  sine: [
    [0.016, -0.217, 0.055, 0.054, 0.028, -0.031, 0.007, -0.037, 0, -0.022],
    [0.056, 0.097, -0.009, 0.036, -0.058, -0.028, -0.035, -0.021, -0.004, 0.017],
    [-0.068, 0.061, -0.007, 0.03, 0.013, -0.023, 0.005, -0.015, 0.017, 0.025],
    [0.215, -0.002, 0.045, -0.003, 0.143, -0.009, 0.098, -0.016, 0.07, -0.008],
    [-0.146, -0.07, -0.192, -0.01, 0.049, -0.026, 0.046, 0.082, 0.065, 0.004],
    [-0.108, 0.113, -0.204, 0.019, 0.017, 0.011, -0.007, -0.053, -0.025, -0.028],
  ],
  personSpread: [
    [0.017, 0.058, 0.046, 0.044, 0.033, 0.044, 0.038, 0.039, 0.032, 0.026],
    [0.042, 0.048, 0.04, 0.035, 0.056, 0.029, 0.031, 0.024, 0.031, 0.019],
    [0.047, 0.058, 0.022, 0.033, 0.024, 0.027, 0.03, 0.033, 0.028, 0.018],
    [0.218, 0.074, 0.18, 0.063, 0.155, 0.054, 0.084, 0.059, 0.093, 0.042],
    [0.227, 0.162, 0.208, 0.086, 0.133, 0.098, 0.148, 0.195, 0.159, 0.104],
    [0.149, 0.099, 0.125, 0.063, 0.065, 0.086, 0.05, 0.061, 0.051, 0.04],
  ],
};

export const upstairs: StrideTemplate = {
  strideHz: { mean: 0.82, personSpread: 0.061, withinSpread: 0.046, jitter: 0.05 },
  strideToStride: 1.0,
  impact: { phase: 1.56, peak: 0.08, sideways: 0.3 },
  residual: [0.12, 0.094, 0.074, 0.378, 0.295, 0.199],
  turnRate: 0.329,
  cosine: [
    [-0.015, -0.284, -0.019, 0.052, 0.014, -0.055, -0.003, 0.018, -0.007, -0.004],
    [-0.032, 0.085, 0.015, -0.01, -0.012, 0.006, -0.011, -0.006, 0.009, 0.004],
    [0.062, 0.017, -0.009, -0.011, -0.009, 0.007, 0.006, -0.006, 0.001, 0.003],
    [-0.019, 0.102, 0.02, 0.019, 0.058, -0.024, 0.056, 0.003, -0.028, -0.005],
    [0.416, 0.1, -0.029, -0.028, 0.023, 0.027, 0.034, -0.015, -0.022, 0.01],
    [0.307, -0.115, 0.038, 0.038, -0.017, -0.023, -0.019, 0.009, -0.001, -0.01],
  ],
  sine: [
    [-0.047, -0.031, -0.014, -0.043, 0.008, 0.007, -0.012, 0.014, 0.007, -0.01],
    [-0.073, 0.117, 0.009, -0.047, 0.015, 0.011, 0.02, -0.002, -0.007, 0.002],
    [0.106, 0.09, -0.014, -0.036, 0.004, 0.014, 0.006, -0.003, -0.003, 0.002],
    [0.042, -0.015, -0.03, -0.012, 0.011, 0.003, 0.002, -0.003, -0.002, -0.001],
    [-0.205, -0.05, -0.066, 0.011, 0.024, 0.005, -0.006, 0.003, -0.013, -0.002],
    [-0.066, 0.032, -0.028, 0.025, 0.002, -0.021, -0.018, -0.01, 0.017, 0.004],
  ],
  personSpread: [
    [0.03, 0.067, 0.03, 0.06, 0.02, 0.028, 0.015, 0.022, 0.011, 0.014],
    [0.058, 0.049, 0.023, 0.027, 0.033, 0.016, 0.025, 0.011, 0.012, 0.008],
    [0.061, 0.07, 0.021, 0.029, 0.017, 0.016, 0.012, 0.01, 0.007, 0.007],
    [0.279, 0.083, 0.094, 0.063, 0.09, 0.051, 0.063, 0.024, 0.033, 0.016],
    [0.304, 0.173, 0.115, 0.075, 0.09, 0.065, 0.065, 0.042, 0.052, 0.031],
    [0.251, 0.118, 0.074, 0.07, 0.05, 0.042, 0.036, 0.033, 0.025, 0.025],
  ],
};

export const downstairs: StrideTemplate = {
  strideHz: { mean: 0.866, personSpread: 0.074, withinSpread: 0.061, jitter: 0.07 },
  strideToStride: 1.3,
  impact: { phase: 2.98, peak: 0.35, sideways: 0.3 },
  residual: [0.201, 0.136, 0.116, 0.511, 0.446, 0.272],
  turnRate: -0.374,
  cosine: [
    [-0.013, 0.36, 0.064, 0.113, 0.018, 0.023, 0.01, -0.012, -0.002, -0.001],
    [-0.038, -0.081, -0.036, 0.007, -0.002, 0.02, -0.003, 0.01, -0.002, -0.001],
    [0.055, -0.03, 0.007, 0.017, 0, 0.017, -0.01, 0.004, -0.003, 0],
    [-0.23, 0.034, 0.075, 0.028, 0.009, 0.008, 0.007, 0.002, 0.001, 0.001],
    [0.103, 0.029, -0.061, 0.071, -0.011, 0.011, 0.012, -0.015, 0.015, -0.006],
    [-0.039, -0.043, -0.011, -0.09, 0.027, -0.021, 0.025, 0.001, -0.001, 0.002],
  ],
  sine: [
    [-0.01, -0.136, 0.022, -0.054, -0.003, -0.029, -0.01, -0.009, -0.003, 0],
    [-0.043, 0.072, 0.023, 0.061, 0.006, 0.016, -0.007, -0.002, -0.002, -0.003],
    [0.037, 0.041, -0.008, 0.038, -0.014, 0.005, -0.003, -0.006, 0.002, -0.002],
    [-0.065, -0.049, 0.11, -0.027, 0.035, -0.009, 0.019, -0.004, 0.004, 0],
    [-0.138, -0.111, 0.153, -0.037, 0.019, 0, 0.037, -0.013, 0.004, 0.001],
    [-0.069, 0.138, 0.143, 0.035, 0.028, 0.005, -0.017, 0.016, -0.011, 0],
  ],
  personSpread: [
    [0.023, 0.108, 0.05, 0.044, 0.027, 0.027, 0.02, 0.016, 0.013, 0.011],
    [0.042, 0.048, 0.035, 0.037, 0.034, 0.03, 0.025, 0.016, 0.011, 0.008],
    [0.039, 0.077, 0.022, 0.034, 0.017, 0.017, 0.016, 0.012, 0.011, 0.008],
    [0.283, 0.086, 0.148, 0.062, 0.087, 0.049, 0.056, 0.025, 0.026, 0.016],
    [0.168, 0.135, 0.125, 0.127, 0.083, 0.052, 0.079, 0.048, 0.051, 0.042],
    [0.12, 0.11, 0.073, 0.099, 0.042, 0.052, 0.04, 0.041, 0.02, 0.018],
  ],
};
