//! Media bytes that are a function of the media id: a PNG picture or a YUV4MPEG2 video.
//!
//! An import of a hundred thousand photos needs no hundred thousand files, and a test can compute
//! the bytes that it must receive. Uploaded media are stored instead.

use sha2::{Digest, Sha256};

/// Edge of the generated square pictures, in pixels.
const EDGE: usize = 64;
/// Frames of a generated video.
const FRAMES: usize = 10;
/// Edge of a generated video's frames, in pixels; even, for 4:2:0 chroma.
const VIDEO_EDGE: usize = 32;

/// Content type of generated pictures.
pub(crate) const PICTURE_TYPE: &str = "image/png";
/// Content type of generated videos.
pub(crate) const VIDEO_TYPE: &str = "video/x-yuv4mpeg";

/// Content types that an upload may have. Nothing that a browser would run (SVG, HTML) is here.
const UPLOAD_TYPES: [&str; 8] = [
    PICTURE_TYPE,
    "image/jpeg",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/webm",
    "video/ogg",
    VIDEO_TYPE,
];

/// The accepted content type equal to `text`, if there is one.
pub(crate) fn content_type(text: &str) -> Option<&'static str> {
    UPLOAD_TYPES.into_iter().find(|known| *known == text)
}

/// Draws the picture of a media id: a symmetric block pattern, as a PNG with a palette.
pub(crate) fn picture(id: i64) -> Vec<u8> {
    let seed = Sha256::digest(id.to_be_bytes());
    let byte = |index: usize| seed.get(index).copied().unwrap_or_default();
    let mut rows = Vec::with_capacity(EDGE * (EDGE + 1));
    for y in 0..EDGE {
        rows.push(0); // filter type "none" of this line
        for x in 0..EDGE {
            let column = (x.min(EDGE - 1 - x)) / 8;
            let cell = (y / 8) * 4 + column;
            rows.push((byte(cell / 8) >> (cell % 8)) & 1);
        }
    }
    let mut png = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
    let mut header = Vec::with_capacity(13);
    for _ in 0..2 {
        header.extend_from_slice(&[0, 0, 0, 64]);
    }
    header.extend_from_slice(&[8, 3, 0, 0, 0]); // 8 bits, palette
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"PLTE", &[240, 240, 240, byte(8) / 2, byte(9) / 2, byte(10) / 2]);
    chunk(&mut png, *b"IDAT", &zlib_stored(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// Draws the video of a media id: ten frames of a moving bar, uncompressed.
pub(crate) fn video(id: i64) -> Vec<u8> {
    let seed = Sha256::digest(id.to_be_bytes());
    let byte = |index: usize| seed.get(index).copied().unwrap_or_default();
    let mut out =
        format!("YUV4MPEG2 W{VIDEO_EDGE} H{VIDEO_EDGE} F5:1 Ip A1:1 C420jpeg\n").into_bytes();
    for frame in 0..FRAMES {
        out.extend_from_slice(b"FRAME\n");
        for _ in 0..VIDEO_EDGE {
            out.extend((0..VIDEO_EDGE).map(|x| if x / 4 == frame % 8 { 235 } else { 60 }));
        }
        for plane in 0..2 {
            out.extend(std::iter::repeat_n(byte(plane), VIDEO_EDGE * VIDEO_EDGE / 4));
        }
    }
    out
}

/// Appends one PNG chunk with its length and CRC (PNG §5.3).
fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    png.extend_from_slice(&kind);
    png.extend_from_slice(data);
    let crc = !kind.iter().chain(data).fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1))
        })
    });
    png.extend_from_slice(&crc.to_be_bytes());
}

/// Wraps bytes as one stored deflate block in a zlib stream (RFC 1950, RFC 1951 §3.2.4).
///
/// The picture's 4,160 bytes fit one block, whose length is 16 bits.
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(data);
    let (a, b) = data.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend_from_slice(&((b << 16) | a).to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_those_of_the_standards() {
        let mut png = Vec::new();
        chunk(&mut png, *b"IEND", &[]);
        assert_eq!(png, [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82]);
        assert_eq!(zlib_stored(b"Wikipedia")[16..], 0x11E6_0398_u32.to_be_bytes());
    }

    #[test]
    fn bytes_depend_on_the_id_alone() {
        assert_eq!(picture(5), picture(5));
        assert_ne!(picture(5), picture(6));
        assert_ne!(video(5), video(6));
    }
}
