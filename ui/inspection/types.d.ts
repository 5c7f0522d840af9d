// What the app sends (ui/inspection/payload.py) and what a component of Streamlit gets.

interface Packed {
  shape: number[];
  data: string;
}

interface Sheet {
  png: string;
  across: number;
  rows: number;
  tile: [number, number];
  signed: boolean;
}

interface ColumnData {
  key: string;
  title: string;
  kind: string;
  shape: number[];
  maps: number;
  highest: number[];
  sheet: Sheet;
  from: string | null;
  strengths: Packed | null;
}

interface AnswersData {
  labels: string[];
  logits: number[];
  exponentials: number[];
  probabilities: number[];
  ofSoftmax: number;
  says: number;
}

interface NetworkData {
  columns: ColumnData[];
  path: [string, number, number, number][];
  answers: AnswersData;
}

interface Norm {
  gamma: number;
  beta: number;
  mean: number;
  variance: number;
  epsilon: number;
}

interface Place {
  column: string;
  number: number;
  channel: number;
  row: number;
  at: number;
}

interface UnitData extends Place {
  kind: string;
  title: string;
  before: string;
  beforeKey: string;
  window: { size: number; stride: number; before: number };
  given: Packed;
  kernel: Packed;
  products: Packed;
  byChannel: Packed;
  bias: number;
  sums: Packed;
  norm: Norm | null;
  normalised: Packed | number | null;
  shortcut: Packed | null;
  output: Packed;
  inBlock: boolean;
  fold: [number, number];
  inputs: Packed;
  weights: Packed;
  shape: [number, number, number];
  sum: number;
  result: number;
  byMap: Packed;
}

interface InspectionData {
  network: NetworkData;
  unit: UnitData;
}

interface StreamlitComponent {
  parentElement: HTMLElement & { __inside?: Inside | null };
  data: InspectionData;
  setTriggerValue(name: string, value: unknown): void;
}

interface Inside {
  component: StreamlitComponent;
  calls: number;
  show(data: InspectionData): void;
  leave(): void;
}

/** An array of numbers with its shape. */
interface Tensor {
  shape: number[];
  values: Float32Array;
}
