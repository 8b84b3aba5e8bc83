/**
 * How optax's constructors are called: the order of their arguments. Names become ours by
 * camelCase, so this table is only for arguments that a key states by position.
 */
export const positional: Readonly<Record<string, readonly string[]>> = {
  // Schedules.
  constant_schedule: ['value'],
  linear_schedule: ['init_value', 'end_value', 'transition_steps', 'transition_begin'],
  polynomial_schedule: ['init_value', 'end_value', 'power', 'transition_steps', 'transition_begin'],
  exponential_decay: [
    'init_value',
    'transition_steps',
    'decay_rate',
    'transition_begin',
    'staircase',
    'end_value'
  ],
  cosine_decay_schedule: ['init_value', 'decay_steps', 'alpha', 'exponent'],
  warmup_constant_schedule: ['init_value', 'peak_value', 'warmup_steps'],
  warmup_cosine_decay_schedule: [
    'init_value',
    'peak_value',
    'warmup_steps',
    'decay_steps',
    'end_value',
    'exponent'
  ],
  warmup_exponential_decay_schedule: [
    'init_value',
    'peak_value',
    'warmup_steps',
    'transition_steps',
    'decay_rate',
    'transition_begin',
    'staircase',
    'end_value'
  ],
  piecewise_constant_schedule: ['init_value', 'boundaries_and_scales'],
  piecewise_interpolate_schedule: ['interpolate_type', 'init_value', 'boundaries_and_scales'],
  linear_onecycle_schedule: [
    'transition_steps',
    'peak_value',
    'pct_start',
    'pct_final',
    'div_factor',
    'final_div_factor'
  ],
  cosine_onecycle_schedule: [
    'transition_steps',
    'peak_value',
    'pct_start',
    'div_factor',
    'final_div_factor'
  ],
  // Transformations whose first argument is not the learning rate.
  add_decayed_weights: ['weight_decay', 'mask'],
  add_noise: ['eta', 'gamma', 'key'],
  adaptive_grad_clip: ['clipping', 'eps'],
  ema: ['decay', 'debias'],
  trace: ['decay', 'nesterov'],
  polyak_sgd: ['max_learning_rate', 'scaling', 'f_min', 'eps', 'variant'],
  scale_by_rms: ['decay', 'eps', 'initial_scale'],
  scale_by_stddev: ['decay', 'eps', 'initial_scale'],
  scale_by_rss: ['initial_accumulator_value', 'eps'],
  scale_by_adadelta: ['rho', 'eps'],
  scale_by_trust_ratio: ['min_norm', 'trust_coefficient', 'eps'],
  scale_by_param_block_norm: ['min_scale'],
  scale_by_param_block_rms: ['min_scale'],
  scale_by_optimistic_gradient: ['alpha', 'beta'],
  scale_by_polyak: ['f_min', 'max_learning_rate', 'eps', 'variant'],
  scale_by_factored_rms: ['factored', 'decay_rate', 'step_offset', 'min_dim_size_to_factor'],
  scale_by_lbfgs: ['memory_size', 'scale_init_precond'],
  scale_by_rprop: ['learning_rate', 'eta_minus', 'eta_plus', 'min_step_size', 'max_step_size'],
  normalize_by_update_norm: ['scale_factor', 'eps'],
  rmsprop: [
    'learning_rate',
    'decay',
    'eps',
    'initial_scale',
    'eps_in_sqrt',
    'centered',
    'momentum'
  ],
  sgd: ['learning_rate', 'momentum', 'nesterov'],
  sm3: ['learning_rate', 'momentum'],
  sam: ['optimizer', 'adv_optimizer', 'sync_period']
}

/** The first arguments of those not named above: most begin with the rate and Adam's moments. */
export const usual = ['learning_rate', 'b1', 'b2', 'eps', 'eps_root']

/** Arguments of ours that come by position, in order; all others are one object of options. */
export const byPosition: Readonly<Record<string, readonly string[]>> = {
  constant_schedule: ['value'],
  sgdr_schedule: ['cosine_kwargs'],
  join_schedules: ['schedules', 'boundaries'],
  scale: ['step_size'],
  scale_by_schedule: ['step_size_fn'],
  scale_by_learning_rate: ['learning_rate'],
  clip: ['max_delta'],
  clip_by_global_norm: ['max_norm'],
  clip_by_block_rms: ['threshold'],
  apply_every: ['k'],
  apply_if_finite: ['inner', 'max_consecutive_errors'],
  masked: ['inner', 'mask'],
  freeze: ['mask'],
  set_to_zero: [],
  identity: [],
  centralize: [],
  zero_nans: [],
  keep_params_nonnegative: [],
  scale_by_sign: []
}

/** Names by which people call schedules. */
export const otherNames: Readonly<Record<string, string>> = {
  exp_decay: 'exponential_decay',
  warmup_linear: 'warmup_constant_schedule',
  linear_warmup: 'warmup_constant_schedule',
  onecycle: 'linear_onecycle_schedule',
  cosine: 'cosine_decay_schedule'
}

/** Short names that keys use for arguments. */
export const shortNames: Readonly<Record<string, string>> = {
  wd: 'weight_decay',
  lr: 'learning_rate',
  mu_dtype: 'mu_d_type',
  accumulator_dtype: 'accumulator_d_type',
  seed: 'key',
  every_k: 'every_k_schedule',
  k: 'k',
  min_dim_size: 'min_dim_size_to_factor',
  momentum_decay: 'momentum',
  init: 'init_value',
  end: 'end_value',
  peak: 'peak_value',
  steps: 'transition_steps',
  begin: 'transition_begin',
  warmup: 'warmup_steps',
  schedule: 'learning_rate'
}

/** Short names that mean something else for one constructor. */
export const ownNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  multi_steps: { k: 'every_k_schedule' },
  scale_by_schedule: { schedule: 'step_size_fn', learning_rate: 'step_size_fn' },
  cosine_decay_schedule: { steps: 'decay_steps' },
  warmup_cosine_decay_schedule: { steps: 'decay_steps' },
  lars: { mask: 'weight_decay_mask' },
  adadelta: { mask: 'weight_decay_mask' },
  adafactor: { mask: 'weight_decay_mask', weight_decay: 'weight_decay_rate' },
  muon: { mask: 'weight_decay_mask' }
}

/** Arguments that optax has defaults for and we ask for, or that the recording left unsaid. */
export const unsaid: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  noisy_sgd: { key: 0 },
  add_noise: { key: 0 },
  adaptive_grad_clip: {},
  add_decayed_weights: { weight_decay: 0 }
}
