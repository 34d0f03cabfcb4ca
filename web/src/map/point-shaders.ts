// SPDX-License-Identifier: Apache-2.0
// Shaders of the point layer. Distances in the fragment shader are CSS pixels from the centre of the marker.

export const vertexSource = `#version 300 es
precision highp float;
in vec2 a_offset;
in vec2 a_kind;
in float a_heading;
uniform vec2 u_center;
uniform vec2 u_viewport;
uniform float u_scale;
uniform float u_size;
uniform float u_ratio;
uniform float u_ring;
uniform vec3 u_colors[6];
out vec3 v_color;
flat out float v_shape;
flat out vec2 v_turn;
flat out float v_box;
void main() {
  vec2 d = a_offset - u_center;
  d.x -= round(d.x);
  vec2 px = d * u_scale;
  gl_Position = vec4(px.x * 2.0 / u_viewport.x, -px.y * 2.0 / u_viewport.y, 0.0, 1.0);
  v_box = u_size * 1.3 + 4.0 + u_ring * 18.0;
  gl_PointSize = v_box * u_ratio;
  v_color = u_colors[int(a_kind.x + 0.5)];
  v_shape = a_kind.y;
  float angle = a_heading * 6.28318530718;
  v_turn = vec2(cos(angle), sin(angle));
}`

export const fragmentSource = `#version 300 es
precision highp float;
in vec3 v_color;
flat in float v_shape;
flat in vec2 v_turn;
flat in float v_box;
uniform float u_size;
uniform float u_ring;
uniform float u_dots;
uniform float u_ratio;
uniform vec3 u_halo;
uniform vec3 u_accent;
out vec4 color;

// Distance to a capsule with two radii standing on the origin (Inigo Quilez, "2D distance functions").
float drop(vec2 p, float r1, float r2, float h) {
  p.x = abs(p.x);
  float b = (r1 - r2) / h;
  float a = sqrt(1.0 - b * b);
  float k = dot(p, vec2(-b, a));
  if (k < 0.0) return length(p) - r1;
  if (k > a * h) return length(p - vec2(0.0, h)) - r2;
  return dot(p, vec2(a, b)) - r1;
}

void main() {
  vec2 p = (gl_PointCoord - 0.5) * v_box;
  float r = u_size * 0.5;
  float soft = 0.6 / u_ratio;
  float dist;
  bool hollow = v_shape > 1.5;
  if (v_shape > 0.5 && !hollow && u_dots < 0.5) {
    vec2 q = vec2(p.x * v_turn.x + p.y * v_turn.y, p.x * v_turn.y - p.y * v_turn.x);
    dist = drop(q + vec2(0.0, r * 0.22), r * 0.66, r * 0.1, r * 1.06);
  } else {
    dist = length(p) - r * (u_dots > 0.5 ? 0.8 : 0.62);
  }
  float halo = u_dots > 0.5 ? 0.8 : 1.6;
  float outer = 1.0 - smoothstep(-soft, soft, dist - halo);
  float inner = 1.0 - smoothstep(-soft, soft, dist);
  vec4 result = vec4(u_halo, 1.0) * outer * (hollow ? 0.75 : 0.95);
  if (hollow) {
    float line = max(1.2, r * 0.22);
    float ring = inner * smoothstep(-soft, soft, dist + line);
    result = mix(result, vec4(v_color, 1.0), ring);
  } else {
    result = mix(result, vec4(v_color, 1.0), inner);
  }
  if (u_ring > 0.5) {
    float away = length(p) - (r + 5.0);
    float band = 1.0 - smoothstep(1.2 - soft, 1.2 + soft, abs(away));
    float disc = (1.0 - smoothstep(-soft, soft, away)) * 0.18;
    vec4 under = vec4(u_accent, 1.0) * max(band, disc);
    result = result + under * (1.0 - result.a);
  }
  if (result.a < 0.004) discard;
  color = result;
}`
