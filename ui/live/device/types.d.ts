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
    min_iou: number;
    max_gap: number;
    min_followed_iou: number;
    min_followed_score: number;
    detection_interval: number;
    search: number;
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

/** A box and its probability. */
export interface Detection {
  box: Box;
  score: number;
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
  detectionScore: number;
  seen: number;
}

export interface Tracks {
  hands: TrackedHand[];
  detected: number;
  lost: number;
}
