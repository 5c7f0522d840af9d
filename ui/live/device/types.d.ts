/** [x0, y0, x1, y1] in pixels; (x0, y0) belongs to it, (x1, y1) lies just outside. */
export type Box = [number, number, number, number];

/** Pixels of an image, row by row; a colour image has four bytes a pixel, a grey one has one. */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

/** A rotated square of a photo: its centre and side in pixels, its clockwise rotation in degrees. */
export interface Square {
  x: number;
  y: number;
  side: number;
  rotation: number;
}

/** What `core.live.browser_constants` writes. */
export interface Constants {
  detector: {
    frame_size: number;
    cells: number;
    stride: number;
    threshold: number;
    max_proposals: number;
    min_box: number;
    nearer: number;
    padding: number;
  };
  classifier: {
    image_size: number;
    crop_margin: number;
    count: [number, number];
    right: number;
    back: number;
    hand: number;
    extended: [number, number];
    landmarks: [number, number];
    wrist: number;
    middle_knuckle: number;
    finger_joints: number[][];
    palm_joints: number[];
    finger_weight: number;
    landmark_margin: number;
    landmark_weight: number;
    min_rotation: number;
    min_confidence: number;
  };
  calibration: { count: number; side: number; face: number; answer: number };
  fusion: {
    detector_weight: number;
    first_pass_weight: number;
    first_pass_bias: number;
    fused_weight: number;
    second_pass_weight: number;
    bias: number;
    first_pass_threshold: number;
    threshold: number;
  };
  max_hands: number;
  nms_iou: number;
  max_overlap: number;
  tracking: {
    half_life: number;
    box_half_life: number;
    still: number;
    min_iou: number;
    max_gap: number;
    min_followed_iou: number;
    min_followed_score: number;
    detection_interval: number;
    search: number;
    nearer_interval: number;
    small: number;
  };
  article: { count: number; side: number; answer: number };
  background_subtraction: {
    analysis_size: number;
    min_side: number;
    border_share: number;
    channel_weights: number[];
    border_samples: number;
    wrist_at_palm_radii: number;
    natural_lean: number;
    min_hand_share: number;
    max_hand_share: number;
    min_contrast: number;
    max_clutter: number;
  };
  dataset: {
    palm_radius: number;
    hand_mean: number;
    hand_deviation: number;
    max_contrast: number;
    margin: number;
    /** Grey levels of an image, in base64. */
    background: string;
  };
  sides: string[];
  side_names: Record<string, string>;
}

/** What a person may choose, as `core.hands.tracking.TrackingSettings`. */
export interface TrackingSettings {
  max_hands: number;
  half_life: number;
}

/** What `ui.live.settings` tells the worker; `answer` is null for the threshold in the card. */
export interface Settings extends TrackingSettings {
  answer: number | null;
}

/** The two networks: one input with a batch of one -> its output. */
export interface Nets {
  detect(frame: Float32Array): Promise<Float32Array>;
  classify(image: Float32Array): Promise<Float32Array>;
}

/** The article's networks for count and side, which answer with probabilities. */
export interface ArticleNets {
  fingers(image: Float32Array): Promise<Float32Array>;
  side(image: Float32Array): Promise<Float32Array>;
}

/** The shape of a hand on a small copy of the frame, as `core.hands.detections.HandMask`. */
export interface HandMask {
  /** 1 on the hand without its arm. */
  mask: Pixels;
  /** Pixels of the small copy per pixel of the frame. */
  scale: number;
  /** In pixels of the frame. */
  palmRadius: number;
  /** Clockwise, in degrees, beyond the natural lean; 0 if unknown. */
  rotation: number;
}

/** What the article's models read of the hand that stands out. */
export interface ArticleReading {
  box: Box;
  /** The preprocessed image that was read. */
  image: Uint8Array;
  fingers: number[];
  sides: number[];
}

/** A box and its probability. */
export interface Detection {
  box: Box;
  score: number;
}

/** A probable hand with the classifier's first pass, as `core.hands.proposals.Proposal`. */
export interface Proposal {
  /** Refined by the joints. */
  box: Box;
  /** The detector's. */
  score: number;
  /** The logit of a hand. */
  hand: number;
}

/** The calibrated answer for one hand, as `core.hands.prediction.Prediction`. */
export interface Prediction {
  fingers: number[];
  sides: number[];
  hand: number;
  faces: number[];
  extended: number[];
  /** x and y of the 21 landmarks in pixels of the preprocessed image. */
  joints: [number, number][];
}

export interface Hand extends Detection {
  prediction: Prediction;
  /** The preprocessed image that was read. */
  image: Uint8Array;
}

/** One hand over several frames, as `core.hands.tracking.TrackedHand`. */
export interface TrackedHand extends Hand {
  place: Box;
  /** x and y of the 21 landmarks in pixels of the frame, smoothed over time. */
  joints: [number, number][];
  detectionScore: number;
  seen: number;
}

export interface Tracks {
  hands: TrackedHand[];
  detected: number;
  lost: number;
  searched: number;
}
