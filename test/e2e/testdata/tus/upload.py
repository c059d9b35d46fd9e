# Uploads a file with tuspy, as an application would:
# python3 upload.py ENDPOINT FILE STORE [STOP]
# With STOP it ends after so many bytes, in the middle. What is known of an
# upload is kept in the file STORE; with that it is resumed.
import json
import os
import sys

from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage

endpoint, path, store = sys.argv[1:4]
stop = int(sys.argv[4]) if len(sys.argv) > 4 else None
upload = TusClient(endpoint).uploader(
    path,
    chunk_size=1 << 20,
    retries=3,
    retry_delay=1,
    metadata={"filename": os.path.basename(path)},
    store_url=True,
    url_storage=FileStorage(store),
)
first = upload.offset
upload.upload(stop_at=stop)
print(json.dumps({"stopped": upload.offset} if stop else {"first": first, "url": upload.url}))
