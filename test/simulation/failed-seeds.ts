/** Every seed that ever failed; docs/simulation.md tells what they found. */
export const FAILED_SEEDS: readonly number[] = [
  95, 119, 216, 225, 229, 444, 829, 926, 1068, 1162, 1201, 1235, 1320, 1322, 1358, 1394, 1439, 1448, 1548,
  1626, 1898, 2302, 2318, 2390, 2495, 2627, 2795, 2862, 2913, 2959, 2981, 3210, 3427, 3437, 3512, 10_354,
  10_424, 50_040, 104_661,
];
