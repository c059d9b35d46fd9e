// Uploads a file with tus-js-client, as an application would:
// node upload.cjs ENDPOINT FILE STORE [STOP]
// With STOP it ends after so many bytes, in the middle. What is known of an
// upload is kept in the file STORE; with that it is resumed.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const tus = require('tus-js-client');

const [endpoint, file, store, stop] = process.argv.slice(2);
let first = -1;
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint,
  chunkSize: 1 << 20,
  retryDelays: [0, 100, 300, 1000, 3000],
  urlStorage: new tus.FileUrlStorage(store),
  metadata: { filename: path.basename(file) },
  uploadSize: fs.statSync(file).size,
  onChunkComplete(size, accepted) {
    if (first < 0) first = accepted - size;
    if (stop && accepted >= Number(stop)) {
      upload.abort().then(() => {
        console.log(JSON.stringify({ stopped: accepted }));
        process.exit(0);
      });
    }
  },
  onError(error) {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess() {
    console.log(JSON.stringify({ first, url: upload.url }));
  },
});
upload.findPreviousUploads().then((previous) => {
  if (previous.length > 0) upload.resumeFromPreviousUpload(previous[0]);
  upload.start();
});
