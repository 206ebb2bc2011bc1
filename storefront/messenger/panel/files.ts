/** Pictures and files on their way up. Large pictures are drawn anew: smaller, and without where and when they were taken. */

import type { File_ } from "./shapes";
import { call, type Answer } from "./wire";

const LONGEST_PX = 2048;
const DRAWN = /^image\/(jpeg|png|webp)$/;

async function lighter(file: File): Promise<Blob> {
  if (!DRAWN.test(file.type)) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d")!.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const kind = file.type === "image/png" ? "image/png" : "image/jpeg";
    const drawn = await new Promise<Blob | null>((done) => canvas.toBlob(done, kind, 0.86));
    return drawn || file;
  } catch {
    return file;
  }
}

export async function upload(file: File): Promise<Answer<File_>> {
  const blob = await lighter(file);
  const body = new Blob([blob], { type: "application/octet-stream" });
  return call<File_>("POST", `uploads?name=${encodeURIComponent(file.name || "picture")}`, body, "application/octet-stream");
}
