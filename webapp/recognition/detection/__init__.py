"""Faces in an image, behind the `FaceDetector` protocol: no other room knows which detector finds them."""
