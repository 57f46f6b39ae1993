/** What a resource of a lane is to policies and to the operator's tool. */
export const LANE_PARTS = ['queue', 'ordered-queue', 'dead-letters', 'source'] as const;
export type LanePart = (typeof LANE_PARTS)[number];

/** Tag of the resources of lanes. Queues keep it when their lane is removed. */
export const LANE_PART_TAG = 'backstop:lane-part';

/** A tag's value has at most 256 characters. @param service name of the pipeline */
export function lanePartValue(service: string, part: LanePart): string {
  return `${service.replaceAll(/[^\w .:/=+@-]/g, '-').slice(-200)} ${part}`;
}
