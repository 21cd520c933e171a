"""Where pictures come from: a video file, a camera, a recording played to a session."""
