"""Calls over WebRTC: sound as media, events on a data channel.  Needs the extra `webrtc`."""
